// SPDX-License-Identifier: Apache-2.0
// What a plan may say of its light devices, and when it says it of others.
#include "simulate/light_way.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace muster::fleet {
namespace {

using Change = std::function<void(LightConnection&)>;

SimulationPlan light_plan() {
    SimulationPlan plan;
    plan.kind = SimulatedKind::light;
    plan.devices = {{"d0", "", {}}, {"d1", "", {}}};
    plan.endpoints = {"mqtts://127.0.0.1:1"};
    return plan;
}

std::string fault_of(const SimulationPlan& plan) {
    const auto checked = check_light(plan);
    return checked ? "" : checked.error().message();
}

const std::vector<std::pair<const char*, Change>>& settings() {
    static const std::vector<std::pair<const char*, Change>> all{
        {"a server that is not verified", [](LightConnection& light) { light.verify_server = false; }},
        {"a TLS version", [](LightConnection& light) { light.tls_version = MqttTlsVersion::v13; }},
        {"ciphers", [](LightConnection& light) { light.ciphers = "TLS_AES_128_GCM_SHA256"; }},
        {"ALPN", [](LightConnection& light) { light.alpn = "mqtt"; }},
        {"a limit", [](LightConnection& light) { light.connect.receive_maximum = 5; }},
        {"a message's property", [](LightConnection& light) { light.publish.content_type = "text/plain"; }},
        {"a will's property", [](LightConnection& light) { light.will.message_expiry_interval = 5; }},
        {"a property of the goodbye",
         [](LightConnection& light) {
             light.disconnect.user.push_back({"a", "b"});
         }},
    };
    return all;
}

TEST_CASE("light devices can be told how to connect, and a fleet with a full one cannot") {
    for (const auto& [what, change] : settings()) {
        CAPTURE(what);
        auto plan = light_plan();
        change(plan.light);
        CHECK(fault_of(plan).empty());
        plan.kind = SimulatedKind::full;
        CHECK(fault_of(plan).find("full devices are the SDK itself") == 0);
        plan.groups.resize(2);
        plan.groups[0].name = "pumps";
        plan.groups[0].kind = SimulatedKind::light;
        plan.groups[1].name = "gateways";
        for (auto& group : plan.groups) group.devices = 1;
        CHECK(fault_of(plan).find("group gateways is the SDK itself") == 0);
        plan.groups[1].kind = SimulatedKind::light;
        CHECK(fault_of(plan).empty());
    }
}

TEST_CASE("full devices need not be told anything") {
    auto plan = light_plan();
    plan.kind = SimulatedKind::full;
    CHECK(fault_of(plan).empty());
}

TEST_CASE("what light devices cannot do is refused") {
    auto plan = light_plan();
    plan.light.alpn = std::string(256, 'x');
    CHECK(fault_of(plan).find("longer than 255 bytes") != std::string::npos);
    plan.light = {};
    plan.light.publish.topic_alias = std::uint16_t{1};
    CHECK(fault_of(plan).find("topic alias") != std::string::npos);
    plan.light = {};
    plan.light.connect.receive_maximum = std::uint16_t{0};
    CHECK(fault_of(plan).find("receive maximum") != std::string::npos);
    plan.light.connect.receive_maximum = std::uint16_t{1};
    plan.config.protocol = Protocol::mqtt311;
    CHECK(fault_of(plan).find("MQTT 3.1.1") == 0);
    plan.light = {};
    plan.light.verify_server = false;
    CHECK(fault_of(plan).empty());
    plan.observer.emplace();
    CHECK(fault_of(plan).find("the observer") == 0);
}

TEST_CASE("a light device says what its configuration says before what else is said of light ones") {
    auto plan = light_plan();
    plan.config.will.topic = "gone";
    plan.light.connect.session_expiry_interval = 7U;
    plan.light.will.will_delay_interval = 7U;
    auto greeting = light_greeting_of(plan.config, plan.light);
    CHECK((greeting.clean_start && greeting.connect.session_expiry_interval == 7U));
    REQUIRE(greeting.will);
    CHECK(greeting.will->properties.will_delay_interval == 7U);
    plan.config.session_expiry = std::chrono::seconds(9);
    plan.config.will_delay = std::chrono::seconds(9);
    greeting = light_greeting_of(plan.config, plan.light);
    CHECK((!greeting.clean_start && greeting.connect.session_expiry_interval == 9U));
    REQUIRE(greeting.will);
    CHECK(greeting.will->properties.will_delay_interval == 9U);
}

}  // namespace
}  // namespace muster::fleet
