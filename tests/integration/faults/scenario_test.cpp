// SPDX-License-Identifier: Apache-2.0
// Scenarios and the list of faults, through the C++ interface of a running broker.
#include "faulty_broker.hpp"
#include "raw_client.hpp"

namespace muster::test {
namespace {

// Whether each of eight tries of this client was refused.
std::string tries(const FaultyBroker& broker) {
    std::string outcome;
    for (int i = 0; i < 16; ++i) {
        RawClient client(broker.url());
        client.greet("press-01");
        outcome += client.expect<wire::Connack>().reason == wire::ReasonCode::success ? '.' : 'x';
    }
    return outcome;
}

}  // namespace

TEST_CASE("a scenario replayed with its seed strikes the same client at the same tries, on another broker too") {
    const auto scenario = testbroker::parse_scenario(R"({"seed": 42, "steps": [{"kind": "refuse", "probability": 0.5}]})");
    REQUIRE(scenario);
    std::string outcomes[2];
    for (auto& outcome : outcomes) {
        FaultyBroker broker;
        REQUIRE(broker->run_scenario(*scenario));
        while (broker->faults().empty()) ::usleep(1'000);
        outcome = tries(broker);
    }
    CHECK(outcomes[0] == outcomes[1]);
    CHECK(outcomes[0].find('x') != std::string::npos);
    CHECK(outcomes[0].find('.') != std::string::npos);
}

TEST_CASE("steps come in their time, and end in theirs") {
    FaultyBroker broker;
    const auto scenario = testbroker::parse_scenario(
        R"({"steps": [{"at_ms": 50, "kind": "refuse", "duration_ms": 100}, {"at_ms": 100, "kind": "take_over"}]})");
    REQUIRE(broker->run_scenario(*scenario));
    const auto end = std::chrono::steady_clock::now() + RawClient::patience;
    const auto is_over = [&] { return broker->faults().size() == 2 && !broker->faults()[0].is_standing; };
    while (!is_over() && std::chrono::steady_clock::now() < end) ::usleep(1'000);
    CHECK(is_over());
    CHECK(tries(broker) == "................");
}

TEST_CASE("a scenario with a mistake in it does nothing at all") {
    FaultyBroker broker;
    testbroker::Scenario scenario;
    scenario.steps = {{0ms, fault_of(FaultKind::refuse)}, {1ms, fault_of(FaultKind::outage)}};
    const auto run = broker->run_scenario(scenario);
    REQUIRE_FALSE(run);
    CHECK(run.error().message() == "steps[1].duration_ms: an outage of 0 ms cannot be made");
    CHECK(broker->faults().empty());
}

TEST_CASE("on an address that others reach, faults are refused unless they are allowed by name") {
    for (const bool is_allowed : {false, true}) {
        testbroker::BrokerConfig config;
        config.address = "0.0.0.0";
        config.allow_public = true;
        config.allow_public_faults = is_allowed;
        const auto broker = testbroker::Broker::start(config);
        REQUIRE(broker);
        const auto injected = (*broker)->inject(fault_of(FaultKind::freeze));
        CHECK(injected.ok() == is_allowed);
        if (!injected) CHECK(injected.error().code() == Code::denied);
        testbroker::Scenario scenario;
        scenario.steps = {{0ms, fault_of(FaultKind::refuse)}};
        CHECK((*broker)->run_scenario(scenario).ok() == is_allowed);
        CHECK((*broker)->begin_outage(1ms).ok() == is_allowed);
    }
}

}  // namespace muster::test
