// SPDX-License-Identifier: Apache-2.0
// Groups of a plan: what is whose, and that nothing of one is another's.
#include "simulate/feed.hpp"
#include "simulate/groups.hpp"
#include "simulate/observer.hpp"
#include "simulate/timeline.hpp"

#include <muster/telemetry.hpp>

#include <catch2/catch.hpp>

#include <algorithm>

namespace muster::fleet {
namespace {

using namespace std::chrono_literals;

SimulatedSensor sensor(const std::string& topic) {
    SimulatedSensor sensor;
    sensor.topic = topic;
    sensor.values.emplace_back().name = "x";
    return sensor;
}

SimulationPlan mixed_plan() {
    SimulationPlan plan;
    for (int number = 0; number < 10; ++number) plan.devices.push_back({"d" + std::to_string(number), "", {}});
    plan.endpoints = {"mqtt://127.0.0.1:1"};
    plan.groups.resize(2);
    plan.groups[0].name = "pumps";
    plan.groups[0].devices = 6;
    plan.groups[0].kind = SimulatedKind::light;
    plan.groups[0].sensors = {sensor("t")};
    plan.groups[1].name = "gateways";
    plan.groups[1].devices = 4;
    plan.groups[1].sensors = {sensor("t"), sensor("u")};
    plan.groups[1].config.classes.resize(1);
    plan.groups[1].config.classes[0].filter = "t";
    plan.groups[1].config.classes[0].encoding = Encoding::protobuf;
    plan.groups[1].config.classes[0].options.qos = Qos::at_most_once;
    return plan;
}

TEST_CASE("a group's plan has its devices and what concerns them, and draws of its own") {
    auto plan = mixed_plan();
    plan.outages = {{.at = 1s}, {.at = 2s, .group = 0}, {.at = 3s, .group = 1}};
    const auto pumps = plan_of_group(plan, 0);
    const auto gateways = plan_of_group(plan, 1);
    CHECK((pumps.devices.size() == 6 && pumps.devices.front().client_id == "d0"));
    CHECK((gateways.devices.size() == 4 && gateways.devices.front().client_id == "d6"));
    CHECK((pumps.kind == SimulatedKind::light && gateways.kind == SimulatedKind::full));
    CHECK((pumps.outages.size() == 2 && pumps.outages[1].at == 2s));
    CHECK((gateways.outages.size() == 2 && gateways.outages[1].at == 3s));
    CHECK(Feed(pumps, 0).next_time() != Feed(gateways, 0).next_time());
    CHECK(Feed(pumps, 0).next_time() == Feed(plan_of_group(plan, 0), 0).next_time());
}

TEST_CASE("an event of a group concerns a share of that group alone") {
    const auto plan = mixed_plan();
    for (std::uint64_t occurrence = 0; occurrence < 20; ++occurrence) {
        const auto devices = chosen(plan, 0, occurrence, 0.5, 1);
        CHECK(devices.size() == 2);
        CHECK(std::all_of(devices.begin(), devices.end(), [](auto device) { return device >= 6 && device < 10; }));
    }
    CHECK(chosen(plan, 0, 0, 1, 0) == std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5});
    CHECK(chosen(plan, 0, 0, 1).size() == 10);
}

TEST_CASE("readings are seen as the device's group sends them") {
    auto plan = mixed_plan();
    plan.observer.emplace();
    plan.groups[1].prefix = "g/{client_id}/";
    Sightings seen(plan);
    const auto reading = [](std::uint64_t sequence, Encoding encoding) {
        return encode_readings({Reading{{}, sequence, {{"x", 1.0}}, false}}, encoding);
    };
    seen.note({.topic = "d5/t", .payload = reading(1, Encoding::json)});
    seen.note({.topic = "g/d6/t", .payload = reading(1, Encoding::protobuf)});
    seen.note({.topic = "g/d6/u", .payload = reading(1, Encoding::json)});
    CHECK((seen.of(5).unique == 1 && seen.of(5).unique_unsafe == 0));
    CHECK((seen.of(6).unique == 2 && seen.of(6).unique_unsafe == 1));
    seen.note({.topic = "d5/u", .payload = reading(1, Encoding::json)});
    seen.note({.topic = "d6/t", .payload = reading(2, Encoding::protobuf)});
    CHECK(seen.foreign() == 2);
    CHECK(seen.unique() == 3);
}

TEST_CASE("groups that do not fit their fleet are refused by name") {
    const auto why = [](const SimulationPlan& plan) {
        const auto checked = check(plan);
        return checked ? std::string() : checked.error().message();
    };
    CHECK(why(mixed_plan()).empty());
    auto wrong = mixed_plan();
    wrong.groups[1].devices = 5;
    CHECK(why(wrong) == "the groups have 11 devices together, and the fleet 10");
    wrong = mixed_plan();
    wrong.groups[1].name = "pumps";
    CHECK(why(wrong) == "two groups are named 'pumps'");
    wrong.groups[1].name = "a/b";
    CHECK(why(wrong).find("a group's name is") == 0);
    wrong = mixed_plan();
    wrong.groups[1].sensors.clear();
    CHECK(why(wrong) == "group gateways: the devices have no sensors");
    wrong = mixed_plan();
    wrong.outages = {{.at = 1s, .group = 2}};
    CHECK(why(wrong) == "an outage concerns a group that the plan has not");
    wrong = mixed_plan();
    wrong.observer.emplace();
    wrong.groups[0].prefix = "d/";
    CHECK(why(wrong) == "the observer cannot tell the devices apart by their topics");
}

}  // namespace
}  // namespace muster::fleet
