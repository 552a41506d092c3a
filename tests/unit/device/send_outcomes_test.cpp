// SPDX-License-Identifier: Apache-2.0
#include "device/send_outcomes.hpp"

#include <catch2/catch.hpp>

#include <chrono>

namespace muster::device {
namespace {

using std::chrono::microseconds;

/// A window of eight, of which two were taken a moment ago and six are to come.
class Stream {
public:
    Stream() {
        for (int i = 0; i < 8; ++i) outcomes.expect();
        for (int i = 0; i < 2; ++i) {
            static_cast<void>(add());
            static_cast<void>(outcomes.take(now += microseconds(100)));
        }
    }
    bool add() { return outcomes.add({1, ++last, {}}); }

    SendOutcomes outcomes;
    base::SteadyTime now{std::chrono::hours(1)};
    transport::SendId last = 0;
};

TEST_CASE("an outcome that comes alone wakes the loop") {
    SendOutcomes outcomes;
    base::SteadyTime now{std::chrono::hours(1)};
    for (transport::SendId id = 1; id <= 3; ++id, now += std::chrono::seconds(1)) {
        for (int i = 0; i < 8; ++i) outcomes.expect();
        CHECK(outcomes.add({1, id, {}}));
        REQUIRE(outcomes.take(now).size() == 1);
        CHECK_FALSE(outcomes.deadline());
    }
}

TEST_CASE("until they are taken the loop is woken once") {
    SendOutcomes outcomes;
    outcomes.expect();
    CHECK(outcomes.add({1, 1, {}}));
    CHECK_FALSE(outcomes.add({1, 2, {}}));
    const auto taken = outcomes.take({});
    REQUIRE(taken.size() == 2);
    CHECK(taken[0].id == 1);
    CHECK(taken[1].id == 2);
}

TEST_CASE("outcomes that follow one another closely gather until there are as many as are to come") {
    Stream stream;
    REQUIRE(stream.outcomes.deadline());
    CHECK_FALSE(stream.add());  // Five are to come.
    CHECK_FALSE(stream.add());  // Four.
    CHECK(stream.add());        // Three.
    CHECK(stream.outcomes.take(stream.now).size() == 3);
}

TEST_CASE("the last outcome wakes the loop") {
    SendOutcomes outcomes;
    base::SteadyTime now{std::chrono::hours(1)};
    for (transport::SendId id = 1; id <= 5; ++id) {
        outcomes.expect();
        CHECK(outcomes.add({1, id, {}}));
        CHECK(outcomes.take(now).size() == 1);
        CHECK_FALSE(outcomes.deadline());
    }
}

TEST_CASE("however many are to come, no more than 64 gather") {
    Stream stream;
    for (int i = 0; i < 1'000; ++i) stream.outcomes.expect();
    for (int i = 0; i < 63; ++i) REQUIRE_FALSE(stream.add());
    CHECK(stream.add());
}

TEST_CASE("what gathers is looked at within a millisecond, and when nothing has come the next one wakes the loop") {
    Stream stream;
    CHECK(stream.outcomes.deadline() == stream.now + SendOutcomes::patience);
    CHECK_FALSE(stream.add());
    stream.now += SendOutcomes::patience;
    CHECK(stream.outcomes.take(stream.now).size() == 1);
    CHECK_FALSE(stream.outcomes.deadline());
    CHECK(stream.add());
}

TEST_CASE("a turn for another reason does not end the gathering; its time does") {
    Stream stream;
    CHECK(stream.outcomes.take(stream.now).empty());
    CHECK(stream.outcomes.deadline());
    stream.now += SendOutcomes::patience;
    CHECK(stream.outcomes.take(stream.now).empty());
    CHECK_FALSE(stream.outcomes.deadline());
}

TEST_CASE("a failure wakes the loop at once") {
    Stream stream;
    CHECK(stream.outcomes.add({1, 9, Error{Code::rejected, "no"}}));
}

TEST_CASE("what a lost link leaves unanswered is not waited for") {
    Stream stream;
    stream.outcomes.forget();
    CHECK(stream.add());
}

}  // namespace
}  // namespace muster::device
