// SPDX-License-Identifier: Apache-2.0
// The bounds of a fleet's return, with the class that the SDK runs; and that the model can tell a bad policy.
#include "policies.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace muster::storm {
namespace {

using std::chrono::seconds;

/// 200 s of handshakes, as a million devices are for 5,000 a second.
Scenario fleet(seconds outage) {
    Scenario scenario;
    scenario.devices = 20'000;
    scenario.per_second = 100;
    scenario.outage = outage;
    return scenario;
}

Figures run_named(const std::string& name, Scenario scenario) {
    for (const auto& contender : contenders()) {
        if (contender.name != name) continue;
        if (contender.has_hints) scenario.hints = Hints{};
        auto policy = contender.make(scenario.devices, scenario.seed);
        return run(scenario, *policy);
    }
    FAIL("no contender is named " << name);
    return {};
}

}  // namespace

TEST_CASE("after a long outage no tenth of a second sees more than three times its even share of a fleet") {
    for (const auto outage : {seconds(60), seconds(120), seconds(600), seconds(3'600)}) {
        for (const auto kind : {Outage::refusing, Outage::silent}) {
            auto scenario = fleet(outage);
            scenario.kind = kind;
            const auto figures = run_named("muster", scenario);
            // The share if all came back evenly over the 30 s of a first attempt's spread; a fleet in step would come 300 times as dense.
            const double even = scenario.devices / 300.0;
            INFO("outage of " << outage.count() << " s");
            CHECK(figures.peak_per_100_ms <= 3 * even);
        }
    }
}

TEST_CASE("a fleet comes back whole, and wastes few handshakes, after every outage") {
    for (const auto outage : {seconds(5), seconds(60), seconds(600), seconds(3'600)}) {
        INFO("outage of " << outage.count() << " s");
        const auto alone = run_named("muster", fleet(outage));
        REQUIRE(alone.t99);
        CHECK(alone.connected == 1);
        CHECK(*alone.t99 < 4.5 * 200);
        CHECK(alone.wasted_per_device < 2);
        const auto hinted = run_named("muster, hints", fleet(outage));
        REQUIRE(hinted.t99);
        CHECK(*hinted.t99 < 1.8 * 200);
        CHECK(hinted.wasted_per_device < 0.1);
    }
}

TEST_CASE("policies whose cap is too short for the fleet never bring it back") {
    for (const std::string name : {"fixed", "Paho", "AWS", "Mosquitto"}) {
        INFO(name);
        CHECK(run_named(name, fleet(seconds(60))).connected < 0.5);
    }
}

TEST_CASE("a fleet of more than 650 times the broker's handshakes a second needs a longer timeout_cap") {
    auto scenario = fleet(seconds(60));
    scenario.per_second = 20;
    BackoffConfig config;
    CHECK(run(scenario, *make_ours(scenario.devices, 1, config)).connected < 0.5);
    config.timeout_cap = std::chrono::minutes(30);
    CHECK(run(scenario, *make_ours(scenario.devices, 1, config)).connected == 1);
}

TEST_CASE("a run is repeated by its seed") {
    const auto first = run_named("muster", fleet(seconds(60)));
    const auto second = run_named("muster", fleet(seconds(60)));
    CHECK(first.t99 == second.t99);
    CHECK(first.wasted_per_device == second.wasted_per_device);
}

TEST_CASE("a fleet that the broker can take at once wastes nothing, whatever the policy") {
    auto scenario = fleet(seconds(5));
    scenario.per_second = 20'000;
    scenario.patience = 100;
    for (const auto& contender : contenders()) {
        INFO(contender.name);
        const auto figures = run_named(contender.name, scenario);
        CHECK(figures.connected == 1);
        CHECK(figures.wasted_per_device == 0);
    }
}

}  // namespace muster::storm
