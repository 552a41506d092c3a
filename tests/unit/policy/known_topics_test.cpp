// SPDX-License-Identifier: Apache-2.0
// What a thread knows of its topics is right: for the owner that noted it, and for no other thread.
#include "policy/known_topics.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <chrono>
#include <new>
#include <set>
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
    REQUIRE(known.find("a/b") != nullptr);
    CHECK(known.find("a/b")->topic_class == &one);
    CHECK(known.find("a/b/") == nullptr);
    CHECK(of_another.find("a/b") == nullptr);
    of_another.note("a/b", other);
    REQUIRE(of_another.find("a/b") != nullptr);
    CHECK(of_another.find("a/b")->topic_class == &other);
    const KnownTopic* seen = of_another.find("a/b");
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
            const KnownTopic* const what = known.find(topic_of(j));
            if (what == nullptr) continue;
            ++found;
            REQUIRE(what->topic_class == (j % 2 == 0 ? &even : &odd));
        }
    }
    CHECK(found > 1'000);
}

TEST_CASE("every topic has a number of its own, and says whether its messages are plain, and how they are treated") {
    TopicClass plain{"a/#", {}};
    plain.options = {Qos::exactly_once, Durability::memory, Overflow::drop_oldest, true, Priority::alarm};
    TopicClass durable{"b/#", {}};
    TopicClass mortal = plain;
    mortal.options.time_to_live = std::chrono::seconds(1);
    TopicClass latest = plain;
    latest.options.overflow = Overflow::latest;
    const KnownTopics known;
    const KnownTopics of_another;
    known.note("a", plain);
    known.note("bb", durable);
    known.note("ccc", mortal);
    known.note("dddd", latest);
    of_another.note("f", plain);
    std::set<std::uint64_t> numbers{0};  // Which none has.
    for (const char* const topic : {"a", "bb", "ccc", "dddd"}) {
        REQUIRE(known.find(topic) != nullptr);
        numbers.insert(known.find(topic)->number);
    }
    REQUIRE(of_another.find("f") != nullptr);
    numbers.insert(of_another.find("f")->number);
    CHECK(numbers.size() == 6);
    REQUIRE(known.find("a")->is_plain);
    CHECK_FALSE(known.find("bb")->is_plain);
    CHECK_FALSE(known.find("ccc")->is_plain);
    CHECK_FALSE(known.find("dddd")->is_plain);
    const base::MessageTraits& traits = known.find("a")->traits;
    CHECK(traits.qos == Qos::exactly_once);
    CHECK(traits.durability == Durability::memory);
    CHECK(traits.priority == Priority::alarm);
    CHECK(traits.retain);
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
