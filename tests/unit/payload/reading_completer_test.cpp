// SPDX-License-Identifier: Apache-2.0
// Partial readings made whole again where they arrive.
#include "support/seeded_random.hpp"

#include <muster/telemetry.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <string>

namespace muster {
namespace {

using Values = std::vector<std::pair<std::string, double>>;

Reading full(std::uint64_t sequence, Values values) {
    return {{}, sequence, std::move(values)};
}

Reading partial(std::uint64_t sequence, Values values) {
    return {{}, sequence, std::move(values), true};
}

TEST_CASE("a partial reading gets what it left out, and a full one begins anew") {
    ReadingCompleter completer;
    CHECK(completer.complete("a", full(1, {{"x", 1}, {"y", 2}, {"z", 3}})).values.size() == 3);
    const auto second = completer.complete("a", partial(2, {{"y", 5}, {"new", 9}}));
    CHECK_FALSE(second.is_partial);
    CHECK(second.sequence == 2);
    CHECK(second.values == Values{{"x", 1}, {"y", 5}, {"z", 3}, {"new", 9}});
    CHECK(completer.complete("a", partial(3, {{"z", 4}, {"x", 0}})).values == Values{{"x", 0}, {"y", 5}, {"z", 4}, {"new", 9}});
    CHECK(completer.complete("a", full(4, {{"y", 1}})).values == Values{{"y", 1}});
    CHECK(completer.complete("a", partial(5, {{"x", 2}})).values == Values{{"y", 1}, {"x", 2}});
}

TEST_CASE("what cannot be completed stays partial") {
    ReadingCompleter completer;
    CHECK(completer.complete("a", partial(1, {{"x", 1}})).is_partial);
    CHECK(completer.complete("b", full(7, {{"x", 1}, {"y", 1}})).values.size() == 2);
    CHECK(completer.complete("a", partial(8, {{"x", 1}})).is_partial);
    CHECK_FALSE(completer.complete("b", partial(8, {{"x", 2}})).is_partial);
    // Twice, or late.
    CHECK(completer.complete("b", partial(8, {{"x", 2}})).is_partial);
    CHECK(completer.complete("b", partial(5, {{"y", 9}})).is_partial);
    CHECK(completer.complete("b", partial(9, {})).values == Values{{"x", 2}, {"y", 1}});
    // After a restart of the device its sequences begin anew, with a full reading.
    CHECK_FALSE(completer.complete("b", full(1, {{"x", 0}, {"y", 0}})).is_partial);
    CHECK(completer.complete("b", partial(2, {{"y", 3}})).values == Values{{"x", 0}, {"y", 3}});
}

TEST_CASE("readings that nobody counts are completed, too") {
    ReadingCompleter completer;
    CHECK_FALSE(completer.complete("a", full(0, {{"x", 1}, {"y", 1}})).is_partial);
    CHECK(completer.complete("a", partial(0, {{"x", 2}})).values == Values{{"x", 2}, {"y", 1}});
    CHECK(completer.complete("a", partial(0, {{"y", 2}})).values == Values{{"x", 2}, {"y", 2}});
}

TEST_CASE("no more topics are kept in mind than was said, and the quiet ones go first") {
    ReadingCompleter completer(2);
    for (const char* topic : {"a", "b"}) CHECK_FALSE(completer.complete(topic, full(1, {{"x", 1}, {"y", 1}})).is_partial);
    CHECK_FALSE(completer.complete("a", partial(2, {{"x", 2}})).is_partial);
    CHECK_FALSE(completer.complete("c", full(1, {{"x", 1}})).is_partial);
    CHECK(completer.complete("b", partial(2, {{"x", 2}})).is_partial);
    CHECK_FALSE(completer.complete("a", partial(3, {{"x", 2}})).is_partial);
}

TEST_CASE("ever new names do not make it grow without end") {
    ReadingCompleter completer;
    CHECK_FALSE(completer.complete("a", full(0, {{"x", 1}})).is_partial);
    bool was_given_up = false;
    for (int i = 0; i < 40 && !was_given_up; ++i) {
        Reading wide = partial(0, {});
        for (int j = 0; j < 100; ++j) wide.values.emplace_back(std::string(1'000, 'n') + std::to_string(i * 100 + j), 1);
        was_given_up = completer.complete("a", wide).is_partial;
    }
    CHECK(was_given_up);
}

TEST_CASE("whatever is left out of readings and sent twice, what arrives is what was meant") {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        test::SeededRandom random(seed);
        ReadingCompleter completer;
        std::map<std::string, double> truth;
        for (std::uint64_t sequence = 1; sequence <= 200; ++sequence) {
            Reading sent = full(sequence, {});
            sent.is_partial = sequence != 1 && random.next() % 10 != 0;
            if (!sent.is_partial) truth.clear();
            for (const char* name : {"a", "b", "c", "d"}) {
                if (random.next() % 2 == 0) continue;
                truth[name] = static_cast<double>(random.next() % 100);
                sent.values.emplace_back(name, truth[name]);
            }
            auto whole = completer.complete("t", sent);
            if (random.next() % 4 == 0 && sent.is_partial) CHECK(completer.complete("t", sent).is_partial);
            REQUIRE_FALSE(whole.is_partial);
            const std::map<std::string, double> got(whole.values.begin(), whole.values.end());
            REQUIRE(got == truth);
        }
    }
}

}  // namespace
}  // namespace muster
