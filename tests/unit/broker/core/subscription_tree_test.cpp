// SPDX-License-Identifier: Apache-2.0
// Which filters a topic meets.
#include "core/subscription_tree.hpp"

#include "base/topic.hpp"
#include "core/session.hpp"
#include "core/shared_group.hpp"
#include "support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <deque>
#include <set>

namespace muster::test {
namespace {

using namespace testbroker;  // NOLINT(google-build-using-namespace)

/// A tree, and sessions to hang into it.
struct Fixture {
    core::Session& session() { return sessions.emplace_back(tenancy::Principal{}, core::SessionLimits{}, counters, memory, nobody); }
    [[nodiscard]] std::multiset<const core::Session*> match(std::string_view topic) const {
        std::multiset<const core::Session*> found;
        tree.match(
            topic, [&](core::Session& each, const core::SubscriptionOptions&) { found.insert(&each); }, [](core::SharedGroup&) {});
        return found;
    }

    core::SubscriptionTree tree;
    core::DeliveryCounters counters;
    core::MemoryAccount memory;
    core::Observer nobody;
    std::deque<core::Session> sessions;
};

}  // namespace

TEST_CASE("a filter meets the topics that the specification says") {
    Fixture f;
    core::Session& session = f.session();
    const std::vector<std::tuple<std::string, std::string, bool>> rows{
        {"a/b", "a/b", true},   {"a/b", "a", false},    {"a/b", "a/b/c", false}, {"#", "a/b/c", true}, {"a/#", "a", true},
        {"a/#", "a/b/c", true}, {"a/#", "ab", false},   {"+", "a", true},        {"+", "a/b", false},  {"+/+", "/a", true},
        {"/+", "/a", true},     {"+", "/a", false},     {"a/+/c", "a//c", true}, {"a/+", "a/", true},  {"a/+", "a", false},
        {"a/+/#", "a", false},  {"a/+/#", "a/b", true}, {"a/", "a", false},      {"/", "/", true},     {"//#", "/", true},
        {"A", "a", false},
    };
    for (const auto& [filter, topic, matches] : rows) {
        f.tree.add(filter, session, {});
        INFO(filter << " " << topic);
        CHECK(f.match(topic).size() == (matches ? 1U : 0U));
        f.tree.remove(filter, session);
        CHECK(f.match(topic).empty());
    }
}

TEST_CASE("adding a filter again replaces its options and says so") {
    Fixture f;
    core::Session& session = f.session();
    core::SubscriptionOptions options;
    CHECK_FALSE(f.tree.add("a/+", session, options));
    options.qos = Qos::at_least_once;
    CHECK(f.tree.add("a/+", session, options));
    CHECK_FALSE(f.tree.add("a/+", f.session(), options));
    std::vector<Qos> seen;
    f.tree.match(
        "a/b", [&](core::Session&, const core::SubscriptionOptions& each) { seen.push_back(each.qos); }, [](core::SharedGroup&) {});
    CHECK(seen == std::vector<Qos>{Qos::at_least_once, Qos::at_least_once});
}

TEST_CASE("removing one filter leaves those above, below and beside it, and other sessions'") {
    Fixture f;
    core::Session& one = f.session();
    core::Session& two = f.session();
    for (const auto* filter : {"a", "a/b", "a/b/c", "a/+"}) f.tree.add(filter, one, {});
    f.tree.add("a/b", two, {});
    f.tree.remove("a/b", one);
    f.tree.remove("a/b", one);
    f.tree.remove("nothing/like/it", one);
    CHECK(f.match("a").size() == 1);
    CHECK(f.match("a/b") == std::multiset<const core::Session*>{&one, &two});
    CHECK(f.match("a/b/c").size() == 1);
}

TEST_CASE("every change has another version, and matching has none") {
    Fixture f;
    core::Session& session = f.session();
    const auto options = core::SubscriptionOptions();
    const tenancy::TopicSpace space{tenancy::Principal{}};
    core::SharedGroup group(1, {"g", "a/b"}, space);
    std::set<std::uint64_t> versions{f.tree.version()};
    for (const auto* filter : {"a/b", "a/+", "a/#"}) {
        f.tree.add(filter, session, options);
        CHECK(versions.insert(f.tree.version()).second);
        f.tree.add(filter, session, options);  // Perhaps with other options.
        CHECK(versions.insert(f.tree.version()).second);
        f.tree.add(filter, group);
        CHECK(versions.insert(f.tree.version()).second);
        CHECK(f.match("a/b").size() == 1);
        CHECK_FALSE(versions.insert(f.tree.version()).second);
        f.tree.remove(filter, group);
        CHECK(versions.insert(f.tree.version()).second);
        f.tree.remove(filter, session);
        CHECK(versions.insert(f.tree.version()).second);
    }
}

TEST_CASE("the tree finds what comparing with every filter finds") {
    SeededRandom random(7);
    const auto draw = [&](std::size_t bound) { return static_cast<std::size_t>(base::draw_up_to(random, bound - 1)); };
    const auto make = [&](const std::vector<std::string>& levels, bool is_filter) {
        std::string text = levels[draw(levels.size())];
        for (std::size_t more = draw(4); more > 0; --more) text += "/" + levels[draw(levels.size())];
        if (is_filter && draw(4) == 0) text += "/#";
        return text;
    };
    Fixture f;
    for (int i = 0; i < 5; ++i) f.session();
    std::set<std::pair<std::string, core::Session*>> all;
    std::size_t matches = 0;
    for (int operation = 0; operation < 10'000; ++operation) {
        core::Session& session = f.sessions[draw(f.sessions.size())];
        const auto filter = make({"a", "b", "", "+"}, true);
        if (all.erase({filter, &session}) != 0) {
            f.tree.remove(filter, session);
        } else if (all.size() < 200) {
            f.tree.add(filter, session, {});
            all.insert({filter, &session});
        } else {
            f.tree.remove(all.begin()->first, *all.begin()->second);
            all.erase(all.begin());
        }
        const auto topic = make({"a", "b", "", "c"}, false);
        std::multiset<const core::Session*> expected;
        for (const auto& [each, owner] : all) {
            if (base::filter_matches(each, topic)) expected.insert(owner);
        }
        INFO("operation " << operation << " '" << topic << "'");
        REQUIRE(f.match(topic) == expected);
        matches += expected.size();
    }
    CHECK(matches > 10'000);
}

}  // namespace muster::test
