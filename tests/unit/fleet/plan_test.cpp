// SPDX-License-Identifier: Apache-2.0
// Names from patterns, and plans that cannot be.
#include "load/plan.hpp"

#include <catch2/catch.hpp>

namespace muster::test {

using namespace fleet;

namespace {

Plan good_plan() {
    Plan plan;
    plan.target.port = 1883;
    plan.publishers = {.count = 2, .identity = [](std::uint32_t) { return ClientIdentity(); }};
    return plan;
}

}  // namespace

TEST_CASE("a pattern names every client") {
    CHECK(expand("bench-{n}", 42) == "bench-42");
    CHECK(expand("{n}/{n}", 0) == "0/0");
    CHECK(expand("plain {x}", 1) == "plain {x}");
    CHECK(expand("", 1).empty());
}

TEST_CASE("a plan that can be is accepted") {
    CHECK(check(good_plan()).ok());
}

TEST_CASE("a plan that contradicts itself is refused with the reason") {
    const auto refused = [](void (*change)(Plan&)) {
        Plan plan = good_plan();
        change(plan);
        const auto result = check(plan);
        REQUIRE_FALSE(result.ok());
        CHECK(result.error().code() == Code::invalid_argument);
        return result.error().message();
    };
    CHECK(refused([](Plan& plan) { plan.target.port = 0; }) == "the load has no port to connect to");
    CHECK(refused([](Plan& plan) { plan.threads = 0; }) == "a load needs at least one thread");
    CHECK(refused([](Plan& plan) { plan.publishers.identity = nullptr; }) == "the publishers have no names");
    CHECK(refused([](Plan& plan) { plan.subscribers.count = 1; }) == "the subscribers have no names");
    CHECK(refused([](Plan& plan) { plan.payload_bytes = 23; }) == "the payload is smaller than the 24 bytes that number a message");
    CHECK(refused([](Plan& plan) { plan.messages_per_write = 0; }) == "a write holds at least one message");
    CHECK(refused([](Plan& plan) { plan.messages_per_write = 16; }) == "the window is smaller than one write");
    CHECK(refused([](Plan& plan) { plan.window = 65'536; }) == "the window is larger than MQTT's 65,535 packet identifiers");
    CHECK(refused([](Plan& plan) {
              plan.messages_per_write = plan.window = 16;
              plan.messages_per_second = 15;
          }) == "the rate is below one write a second");
}

}  // namespace muster::test
