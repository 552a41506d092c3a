// SPDX-License-Identifier: Apache-2.0
// Endpoints that fail, recover and are preferred to others.
#include "session/endpoint_health.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using session::EndpointHealth;
using std::chrono::minutes;
using std::chrono::seconds;

const base::SteadyTime start{std::chrono::hours(1)};

}  // namespace

TEST_CASE("the lowest priority number is tried first, whatever the order of the list") {
    EndpointHealth health({2, 1, 3});
    CHECK(health.current() == 1);
    CHECK(health.choose(start) == 1);
}

TEST_CASE("a failed endpoint gives way to the next of its priority, and only then to a worse one") {
    EndpointHealth health({0, 0, 1});
    CHECK(health.choose(start) == 0);
    health.failed(start);
    CHECK(health.choose(start) == 1);
    health.failed(start);
    CHECK(health.choose(start) == 2);
}

TEST_CASE("an endpoint is kept while it is healthy") {
    EndpointHealth health({0, 0, 0});
    health.choose(start);
    health.failed(start);
    CHECK(health.choose(start) == 1);
    health.stable();
    CHECK(health.choose(start + minutes(60)) == 1);
}

TEST_CASE("a circuit is open for longer after each failure, up to ten minutes, and closed by a stable connection") {
    EndpointHealth health({0, 1});
    health.choose(start);
    auto now = start;
    for (const auto open : {seconds(30), seconds(60), seconds(120), seconds(240), seconds(480), seconds(600), seconds(600)}) {
        health.failed(now);
        CHECK(health.choose(now + open - seconds(1)) == 1);
        CHECK_FALSE(health.has_better(now + open - seconds(1)));
        CHECK(health.has_better(now + open));
        now += open;
        CHECK(health.choose(now) == 0);  // Half open: one attempt.
    }
    health.stable();
    health.failed(now);
    CHECK(health.choose(now + seconds(29)) == 1);
    CHECK(health.choose(now + seconds(30)) == 0);
}

TEST_CASE("when all have failed the one that failed first is tried") {
    EndpointHealth health({0, 1, 2});
    for (int i = 0; i < 3; ++i) {
        CHECK(health.choose(start + seconds(i)) == static_cast<std::size_t>(i));
        health.failed(start + seconds(i));
    }
    CHECK(health.choose(start + seconds(3)) == 0);
}

TEST_CASE("there is an alternative as long as another one has not failed") {
    EndpointHealth health({0, 0});
    health.choose(start);
    CHECK(health.has_alternative());
    health.failed(start);
    CHECK(health.has_alternative());
    health.choose(start);
    CHECK_FALSE(health.has_alternative());
    health.failed(start);
    CHECK_FALSE(health.has_alternative());
    CHECK_FALSE(EndpointHealth({0}).has_alternative());
}

}  // namespace muster::test
