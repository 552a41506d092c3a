// SPDX-License-Identifier: Apache-2.0
// An account that does not add up is told, whichever sum it is.
#include "simulate/account.hpp"
#include "simulate/observer.hpp"

#include <muster/telemetry.hpp>

#include <catch2/catch.hpp>

namespace muster::fleet {
namespace {

SimulationAccount sound() {
    SimulationAccount account;
    account.published = 10;
    account.readings = {.taken = 10, .stored = 7, .unchanged = 1, .thinned = 1, .merged = 1};
    account.messages.accepted = 7;
    account.messages.delivered = 4;
    account.messages.dropped_expired = 1;
    account.messages.quarantined = 1;
    account.messages.waiting = 1;
    account.unique = 4;
    return account;
}

std::uint64_t fault(const SimulationAccount& account) {
    const auto faults = faults_of("press", account, true);
    if (faults.empty()) return 0;
    CHECK(faults.front().client_id == "press");
    CHECK(faults.size() == 1);
    return faults.front().count;
}

TEST_CASE("a sound account has no faults") {
    CHECK(fault(sound()) == 0);
}

TEST_CASE("every sum that does not come out is a fault of its difference") {
    auto account = sound();
    account.published = 12;
    CHECK(fault(account) == 2);
    account = sound();
    account.readings.unchanged = 0;
    CHECK(fault(account) == 1);
    account = sound();
    account.readings.stored = 8;
    account.readings.unchanged = 0;
    CHECK(fault(account) == 1);
    account = sound();
    account.messages.waiting = 4;
    CHECK(fault(account) == 3);
    account = sound();
    account.unique = 1;
    CHECK(fault(account) == 3);
    CHECK(faults_of("press", account, false).empty());
}

TEST_CASE("what was carried over is delivered, dropped or waits as what was accepted") {
    auto account = sound();
    account.carried_over = 3;
    CHECK(fault(account) == 3);
    account.messages.delivered += 2;
    account.unique += 2;
    account.messages.waiting += 1;
    CHECK(fault(account) == 0);
}

TEST_CASE("what waits may have been observed, and what was sent at QoS 0 may be lost") {
    auto account = sound();
    account.unique = 5;
    CHECK(fault(account) == 0);
    account.unique = 2;
    account.unsafe = 3;
    account.unique_unsafe = 1;
    CHECK(missing_of(account).safe == 0);
    CHECK(missing_of(account).unsafe == 2);
    account.unique_unsafe = 2;
    CHECK(missing_of(account).safe == 1);
    CHECK(fault(account) == 1);
}

SimulationPlan observed_plan() {
    SimulationPlan plan;
    plan.devices = {{"a", "", {}}, {"b", "", {}}};
    plan.endpoints = {"mqtt://127.0.0.1:1"};
    plan.sensors.resize(2);
    plan.sensors[0].topic = "t/0";
    plan.sensors[1].topic = "t/1";
    plan.config.classes.resize(1);
    plan.config.classes[0].filter = "t/1";
    plan.config.classes[0].options.qos = Qos::at_most_once;
    plan.config.classes[0].encoding = Encoding::protobuf;
    plan.observer.emplace();
    return plan;
}

std::string readings(std::initializer_list<std::uint64_t> sequences, Encoding encoding) {
    std::vector<Reading> all;
    for (const auto sequence : sequences) all.push_back({{}, sequence, {{"x", 1.0}}, false});
    return encode_readings(all, encoding);
}

TEST_CASE("each reading is counted once for its device, whatever message it came in") {
    const auto plan = observed_plan();
    Sightings seen(plan);
    seen.note({.topic = "a/t/0", .payload = readings({1, 2}, Encoding::json)});
    seen.note({.topic = "a/t/0", .payload = readings({2, 3}, Encoding::json)});
    seen.note({.topic = "b/t/1", .payload = readings({2}, Encoding::protobuf)});
    CHECK(seen.of(0).unique == 3);
    CHECK(seen.of(0).repeated == 1);
    CHECK(seen.of(0).unique_unsafe == 0);
    CHECK(seen.of(1).unique == 1);
    CHECK(seen.of(1).unique_unsafe == 1);
    CHECK(seen.received() == 5);
    CHECK(seen.unique() == 4);
}

TEST_CASE("readings of an earlier run are counted once, too, and are none of this run's") {
    auto plan = observed_plan();
    plan.first_reading = 3;
    Sightings seen(plan);
    seen.note({.topic = "a/t/0", .payload = readings({1, 3}, Encoding::json)});
    seen.note({.topic = "a/t/0", .payload = readings({1, 4}, Encoding::json)});
    CHECK(seen.of(0).unique == 3);
    CHECK(seen.of(0).repeated == 1);
    CHECK((seen.unique() == 3 && seen.received() == 4 && seen.foreign() == 0));
}

TEST_CASE("what is of no device, or no reading, is foreign") {
    const auto plan = observed_plan();
    Sightings seen(plan);
    seen.note({.topic = "c/t/0", .payload = readings({1}, Encoding::json)});
    seen.note({.topic = "a/t/0", .payload = "online"});
    CHECK(seen.foreign() == 2);
    CHECK(seen.unique() == 0);
}

TEST_CASE("a plan that cannot be is refused by name") {
    const auto why = [](const SimulationPlan& plan) {
        const auto checked = check(plan);
        return checked ? std::string() : checked.error().message();
    };
    auto plan = observed_plan();
    for (auto& sensor : plan.sensors) sensor.values.emplace_back().name = "x";
    CHECK(why(plan).empty());
    auto wrong = plan;
    wrong.devices.push_back({"a", "", {}});
    CHECK(why(wrong) == "two devices would have the client id 'a'");
    wrong = plan;
    wrong.observer->prefix = "d/";
    CHECK(why(wrong) == "the observer cannot tell the devices apart by their topics");
    wrong = plan;
    wrong.sensors[1].topic = "t/0";
    CHECK(why(wrong) == "two sensors have the topic 't/0'");
    wrong = plan;
    wrong.sensors[1].topic = "t/#";
    CHECK(why(wrong).find("a sensor's topic") != std::string::npos);
    wrong = plan;
    wrong.start_spread = std::chrono::hours(1);
    CHECK(why(wrong) == "devices start within the simulation's duration");
    wrong = plan;
    wrong.endpoints.clear();
    CHECK(why(wrong) == "the fleet has no broker");
    wrong = plan;
    wrong.endpoints.emplace_back("mqtts://127.0.0.1:2");
    CHECK(why(wrong) == "mqtts://127.0.0.1:2: the nodes of a broker speak one protocol");
    wrong = plan;
    wrong.proxy.url = "socks://127.0.0.1:1";
    CHECK(why(wrong).find("http://HOST:PORT") != std::string::npos);
    wrong = plan;
    wrong.sensors.clear();
    CHECK(why(wrong) == "the devices have no sensors");
}

}  // namespace
}  // namespace muster::fleet
