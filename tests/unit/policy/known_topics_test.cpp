// SPDX-License-Identifier: Apache-2.0
// What a thread knows of its topics is right: for the owner that noted it, and for no other thread.
#include "policy/known_topics.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <new>
#include <string>
#include <thread>

namespace muster::policy {
namespace {

TEST_CASE("a topic is known with its class once it is noted, by those who noted it only") {
    const TopicClass one{"a/#", {}};
    const TopicClass other{"b/#", {}};
    const KnownTopics known;
    const KnownTopics of_another;
    CHECK(known.find("a/b") == nullptr);
    CHECK(known.find("") == nullptr);
    known.note("a/b", one);
    CHECK(known.find("a/b") == &one);
    CHECK(known.find("a/b/") == nullptr);
    CHECK(of_another.find("a/b") == nullptr);
    of_another.note("a/b", other);
    CHECK(of_another.find("a/b") == &other);
    const TopicClass* seen = &one;
    std::thread([&] { seen = of_another.find("a/b"); }).join();
    CHECK(seen == nullptr);
}

TEST_CASE("more topics than are kept, and long ones, are forgotten and never mistaken for another") {
    const TopicClass even{"even", {}};
    const TopicClass odd{"odd", {}};
    const KnownTopics known;
    const auto topic_of = [](std::size_t i) { return std::string(i % 120 + 1, 't') + std::to_string(i); };
    std::size_t found = 0;
    for (std::size_t i = 0; i < 1'000; ++i) {
        known.note(topic_of(i), i % 2 == 0 ? even : odd);
        for (std::size_t j = i < 20 ? 0 : i - 20; j <= i; ++j) {
            const TopicClass* const what = known.find(topic_of(j));
            if (what == nullptr) continue;
            ++found;
            REQUIRE(what == (j % 2 == 0 ? &even : &odd));
        }
    }
    CHECK(found > 1'000);
}

TEST_CASE("what was known of an owner that is gone is not found by one in its place") {
    const TopicClass one{"a/#", {}};
    alignas(KnownTopics) std::array<unsigned char, sizeof(KnownTopics)> place{};
    auto* known = new (place.data()) KnownTopics;
    known->note("a/b", one);
    known->~KnownTopics();
    known = new (place.data()) KnownTopics;
    CHECK(known->find("a/b") == nullptr);
    known->~KnownTopics();
}

}  // namespace
}  // namespace muster::policy
