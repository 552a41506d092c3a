// SPDX-License-Identifier: Apache-2.0
// The pace of a backlog, in virtual time: never above its bounds, and never below what is published meanwhile.
#include "policy/drain_pace.hpp"

#include "readings.hpp"
#include "support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <vector>

namespace muster::policy {
namespace {

using outbox::PerClass;
using std::chrono::milliseconds;
using test::at;

DrainConfig config_of(std::uint32_t messages, std::uint64_t bytes = 0, milliseconds spread = milliseconds(0)) {
    return {messages, bytes, spread};
}

const PerClass much{0, 1'000'000, 0, 0};

// How many pass at once.
std::uint64_t burst(DrainPace& pace, Priority priority, std::int64_t ms, std::uint64_t bytes = 100) {
    std::uint64_t passed = 0;
    while (passed < 10'000 && pace.passes(priority, 1, bytes, at(ms))) ++passed;
    return passed;
}

TEST_CASE("without bounds everything passes") {
    test::SeededRandom random(1);
    for (const auto& config : {std::optional<DrainConfig>(), std::optional(config_of(0, 0, milliseconds(10'000)))}) {
        DrainPace pace(config, random);
        CHECK_FALSE(pace.is_on());
        pace.begin_connection(much, {}, at(0));
        CHECK(burst(pace, Priority::bulk, 0) == 10'000);
        CHECK(pace.room(Priority::bulk, at(0)) == DrainPace::no_bound);
    }
}

TEST_CASE("a backlog passes at its rate, after three seconds' worth at once") {
    test::SeededRandom random(1);
    DrainPace pace(config_of(10), random);
    pace.begin_connection(much, {}, at(0));
    CHECK(pace.room(Priority::normal, at(0)) == 30);
    CHECK(burst(pace, Priority::normal, 0) == 30);
    CHECK(pace.room(Priority::normal, at(0)) == 0);
    CHECK(pace.next(at(0)) == at(100));
    CHECK(burst(pace, Priority::bulk, 99) == 0);
    CHECK(burst(pace, Priority::normal, 100) == 1);
    CHECK(burst(pace, Priority::normal, 1'100) == 10);
    CHECK(burst(pace, Priority::normal, 3'600'000) == 30);
    // A new connection does not fill the bucket.
    pace.begin_connection(much, {}, at(3'600'100));
    CHECK(burst(pace, Priority::normal, 3'600'100) == 1);
}

TEST_CASE("bytes are bounded as well, and a message that is larger than the bucket passes once it is not empty") {
    test::SeededRandom random(1);
    DrainPace pace(config_of(0, 1'000), random);
    pace.begin_connection(much, {}, at(0));
    CHECK(burst(pace, Priority::normal, 0, 300) == 10);
    CHECK(pace.next(at(0)) == at(1));
    CHECK(pace.passes(Priority::normal, 1, 50'000, at(1)));
    CHECK_FALSE(pace.passes(Priority::normal, 1, 1, at(40'000)));
    CHECK(pace.next(at(40'000)) == at(50'000));
    CHECK(pace.passes(Priority::normal, 1, 1, at(50'010)));
}

TEST_CASE("alarms and what is of high priority are never held, and cost the others nothing") {
    test::SeededRandom random(1);
    DrainPace pace(config_of(10, 1'000, milliseconds(60'000)), random);
    pace.begin_connection({500, 500, 500, 500}, {}, at(0));
    for (const auto priority : {Priority::high, Priority::alarm}) {
        CHECK(pace.room(priority, at(0)) == DrainPace::no_bound);
        CHECK(burst(pace, priority, 0) == 10'000);
    }
    CHECK(burst(pace, Priority::normal, 60'000) == 30);
}

TEST_CASE("what is accepted now pays for as much of its class, whatever waits") {
    test::SeededRandom random(1);
    DrainPace pace(config_of(10), random);
    pace.begin_connection(much, {0, 7, 0, 0}, at(0));
    CHECK(burst(pace, Priority::normal, 0) == 30);
    pace.earn({0, 1'007, 0, 0});
    pace.earn({0, 1'007, 0, 0});
    CHECK(pace.room(Priority::normal, at(0)) == 1'000);
    CHECK(burst(pace, Priority::bulk, 0) == 0);
    CHECK(burst(pace, Priority::normal, 0) == 1'000);
    // A batch of what was accepted; one that stands for more than that takes from the bucket.
    pace.earn({0, 1'107, 0, 0});
    CHECK(pace.passes(Priority::normal, 100, 5'000, at(0)));
    pace.earn({0, 1'117, 0, 0});
    CHECK_FALSE(pace.passes(Priority::normal, 100, 5'000, at(0)));
    CHECK(pace.passes(Priority::normal, 100, 5'000, at(100)));
    CHECK(burst(pace, Priority::normal, 100) == 10);
    // After a lost connection all of it is backlog.
    pace.earn({0, 1'200, 0, 0});
    pace.begin_connection(much, {0, 1'200, 0, 0}, at(200));
    CHECK(burst(pace, Priority::normal, 200) == 1);
}

TEST_CASE("what a broker sent back passes again without a token") {
    test::SeededRandom random(1);
    DrainPace pace(config_of(10), random);
    pace.begin_connection(much, {}, at(0));
    CHECK(burst(pace, Priority::normal, 0) == 30);
    pace.put_back(20);
    CHECK(pace.room(Priority::normal, at(0)) == 20);
    CHECK(burst(pace, Priority::normal, 0) == 20);
    CHECK(burst(pace, Priority::bulk, 0) == 0);
}

TEST_CASE("a large backlog begins at a moment of its own, a small one at once") {
    std::vector<std::int64_t> starts;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        test::SeededRandom random(seed);
        DrainPace pace(config_of(10, 0, milliseconds(10'000)), random);
        pace.begin_connection({0, 31, 0, 0}, {}, at(0));
        starts.push_back((pace.next(at(0)) - at(0)) / milliseconds(1));
        REQUIRE((starts.back() >= 1 && starts.back() <= 10'000));
        if (starts.back() > 1) REQUIRE(burst(pace, Priority::normal, starts.back() - 1) == 0);
        REQUIRE(burst(pace, Priority::normal, starts.back()) == 30);
    }
    // Evenly: a fifth of them in each fifth of the time, and some.
    for (std::int64_t from = 0; from < 10'000; from += 2'000) {
        const auto in_it =
            std::count_if(starts.begin(), starts.end(), [from](auto start) { return start >= from && start < from + 2'000; });
        CHECK((in_it > 20 && in_it < 60));
    }
    test::SeededRandom random(1);
    DrainPace pace(config_of(10, 0, milliseconds(10'000)), random);
    pace.begin_connection({15, 15, 1'000, 1'000}, {}, at(0));
    CHECK(burst(pace, Priority::normal, 0) == 30);
}

TEST_CASE("over any time no more passes than the rate, the bucket and what was accepted; and what is published is never held for long") {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        test::SeededRandom random(seed);
        const auto draw = [&](std::uint64_t bound) { return random.next() % bound; };
        const auto rate = 1 + draw(50);
        const DrainConfig config = config_of(static_cast<std::uint32_t>(rate), 0, milliseconds(draw(5'000)));
        DrainPace pace(config, random);
        PerClass accepted{};
        PerClass waiting{draw(500), draw(500), 0, 0};
        std::vector<std::pair<std::int64_t, std::int64_t>> passed;  // When, and how many were earned before it less how many passed.
        std::int64_t now = 0;
        std::uint64_t earned = 0;
        pace.begin_connection(waiting, accepted, at(now));
        for (int step = 0; step < 300; ++step) {
            now += static_cast<std::int64_t>(draw(400));
            for (std::size_t i = 0; i < 2; ++i) {
                const auto count = draw(3) == 0 ? draw(10) : 0;
                accepted[i] += count;
                waiting[i] += count;
                earned += count;
            }
            pace.earn(accepted);
            for (const auto priority : {Priority::normal, Priority::bulk}) {
                auto& left = waiting[static_cast<std::size_t>(priority)];
                while (left > 0 && pace.passes(priority, 1, 100, at(now))) {
                    --left;
                    passed.emplace_back(now, static_cast<std::int64_t>(earned));
                }
            }
        }
        // From each one that passed to each later one.
        const auto holds = [&](std::size_t from, std::size_t to) {
            const auto time = static_cast<double>(passed[to].first - passed[from].first) / 1'000;
            const auto most = static_cast<double>(rate) * (time + 3) + static_cast<double>(passed[to].second) + 1;
            return static_cast<double>(to - from + 1) <= most;
        };
        bool all_hold = true;
        for (std::size_t from = 0; from < passed.size(); from += 7) {
            for (std::size_t to = from; to < passed.size(); to += 5) all_hold = all_hold && holds(from, to);
        }
        REQUIRE(all_hold);
        const auto all = static_cast<double>(rate) * (static_cast<double>(now) / 1'000 + 3) + static_cast<double>(earned) + 1;
        REQUIRE(static_cast<double>(passed.size()) <= all);
        REQUIRE((passed.size() >= earned || waiting[0] + waiting[1] == 0));
    }
}

}  // namespace
}  // namespace muster::policy
