// SPDX-License-Identifier: Apache-2.0
// When an outage begins and ends.
#include "faults/outage.hpp"

#include <catch2/catch.hpp>

namespace muster::test {

using namespace std::chrono_literals;
using testbroker::faults::check_outage;
using testbroker::faults::Outage;

TEST_CASE("an outage begins once and ends once, after its time") {
    Outage outage;
    const base::SteadyTime start{1h};
    CHECK(outage.begin(start, 3s));
    CHECK(outage.is_away());
    CHECK_FALSE(outage.ends(start + 2'999ms));
    CHECK(outage.ends(start + 3s));
    CHECK_FALSE(outage.ends(start + 4s));
    CHECK_FALSE(outage.is_away());
}

TEST_CASE("an outage asked for during another prolongs it, and never shortens it") {
    Outage outage;
    const base::SteadyTime start{1h};
    outage.begin(start, 3s);
    CHECK_FALSE(outage.begin(start + 1s, 1s));
    CHECK(outage.until() == start + 3s);
    CHECK_FALSE(outage.begin(start + 1s, 5s));
    CHECK(outage.until() == start + 6s);
}

TEST_CASE("an outage can be made to end sooner, never later") {
    Outage outage;
    const base::SteadyTime start{1h};
    outage.shorten(start);
    CHECK_FALSE(outage.is_away());
    outage.begin(start, 3s);
    outage.shorten(start + 4s);
    CHECK(outage.until() == start + 3s);
    outage.shorten(start + 1s);
    CHECK(outage.ends(start + 1s));
}

TEST_CASE("an outage has a duration that somebody can wait for") {
    CHECK(check_outage(1ms));
    CHECK(check_outage(1h));
    for (const auto duration : {0ms, -1ms, 3'600'001ms}) CHECK(check_outage(duration).error().code() == Code::invalid_argument);
}

}  // namespace muster::test
