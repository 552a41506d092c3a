// SPDX-License-Identifier: Apache-2.0
// The tree of filters finds what a comparison with each of them finds.
#include "device/filter_tree.hpp"

#include "base/topic.hpp"
#include "support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <string>
#include <vector>

namespace muster::test {
namespace {

using device::FilterTree;

std::vector<std::string> found(const FilterTree& tree, const std::string& topic) {
    std::vector<std::string> filters;
    for (const auto& subscriber : tree.match(topic)) filters.push_back(subscriber->filter);
    return filters;
}

}  // namespace

TEST_CASE("wildcards match as MQTT 5.0, section 4.7, says, in the order of subscription") {
    FilterTree tree;
    for (const char* filter : {"#", "a/#", "a/+", "+/b", "+", "a", "$SYS/#", "/+", "$share/g/a/b", "a/b"}) tree.set(filter, 1, {});
    CHECK(found(tree, "a/b") == std::vector<std::string>{"#", "a/#", "a/+", "+/b", "$share/g/a/b", "a/b"});
    CHECK(found(tree, "a") == std::vector<std::string>{"#", "a/#", "+", "a"});
    CHECK(found(tree, "a/") == std::vector<std::string>{"#", "a/#", "a/+"});
    CHECK(found(tree, "/b") == std::vector<std::string>{"#", "+/b", "/+"});
    CHECK(found(tree, "a/b/c") == std::vector<std::string>{"#", "a/#"});
    CHECK(found(tree, "$SYS/a") == std::vector<std::string>{"$SYS/#"});
    CHECK(found(tree, "$x").empty());
}

TEST_CASE("a filter that is removed or replaced is not found, and its handler is not active") {
    FilterTree tree;
    tree.set("a/+", 1, {});
    tree.set("$share/g/a/+", 2, {});
    const auto before = tree.match("a/b");
    REQUIRE(before.size() == 2);
    tree.set("a/+", 3, {});
    CHECK_FALSE(before[0]->is_active);
    CHECK(before[1]->is_active);
    CHECK(tree.match("a/b")[1]->identifier == 3);
    CHECK(tree.remove("a/+"));
    CHECK_FALSE(tree.remove("a/+"));
    CHECK_FALSE(tree.remove("a"));
    CHECK_FALSE(tree.remove("a/+/b"));
    CHECK(found(tree, "a/b") == std::vector<std::string>{"$share/g/a/+"});
}

TEST_CASE("any filters and topics: the tree and a comparison with each agree") {
    SeededRandom random(7);
    const auto level = [&](bool may_be_wild) {
        const char* const levels[] = {"a", "b", "", "$x", "+"};
        return std::string(levels[random.next() % (may_be_wild ? 5 : 4)]);
    };
    const auto path = [&](bool may_be_wild) {
        std::string made = level(may_be_wild);
        for (auto more = random.next() % 4; more > 0; --more) made += "/" + level(may_be_wild);
        if (may_be_wild && random.next() % 3 == 0) made += "/#";
        return made;
    };
    for (int round = 0; round < 300; ++round) {
        FilterTree tree;
        std::set<std::string> filters;
        for (int i = 0; i < 20; ++i) {
            const auto filter = path(true);
            if (filter.empty()) continue;
            tree.set(filter, 1, {});
            filters.insert(filter);
        }
        for (int i = 0; i < 5 && !filters.empty(); ++i) {
            REQUIRE(tree.remove(*filters.begin()));
            filters.erase(filters.begin());
        }
        for (int i = 0; i < 20; ++i) {
            const auto topic = path(false);
            if (topic.empty()) continue;
            std::set<std::string> expected;
            for (const auto& filter : filters) {
                if (base::filter_matches(filter, topic)) expected.insert(filter);
            }
            const auto got = found(tree, topic);
            INFO(topic);
            CHECK(std::set<std::string>(got.begin(), got.end()) == expected);
            CHECK(got.size() == expected.size());
        }
    }
}

}  // namespace muster::test
