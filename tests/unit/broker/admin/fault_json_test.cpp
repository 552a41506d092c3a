// SPDX-License-Identifier: Apache-2.0
// Faults and scenarios as JSON: everything that can be said, and how a mistake is told.
#include "admin/fault_json.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>

namespace muster::test {
namespace {

using testbroker::parse_fault;
using testbroker::parse_scenario;
using testbroker::admin::to_json;

std::string mistake(const std::string& text) {
    const auto fault = parse_fault(text);
    return fault ? "" : fault.error().message();
}

std::string scenario_mistake(const std::string& text) {
    const auto scenario = parse_scenario(text);
    return scenario ? "" : scenario.error().message();
}

}  // namespace

TEST_CASE("a fault reads what another wrote") {
    for (const std::string text : {
             R"({"duration_ms":3000,"kind":"outage"})",
             R"({"duration_ms":200,"kind":"restart","state":"lost"})",
             R"({"client_id":"press-01","kind":"refuse","probability":0.25,"reason":137,"seed":7,"tenant":"acme","times":3})",
             R"({"kind":"redirect","reason":157,"server_reference":"127.0.0.1:8884"})",
             R"({"after_bytes":1000,"direction":"sent","kind":"cut"})",
             R"({"after_packets":5,"kind":"cut"})",
             R"({"delay_ms":1500,"kind":"delay_acknowledgements"})",
             R"({"bytes_per_second":512,"kind":"limit_bandwidth"})",
             R"({"kind":"est","retry_after_s":5,"status":202})",
             R"({"garbage":true,"kind":"est"})",
         }) {
        const auto fault = parse_fault(text);
        INFO(text << (fault ? "" : fault.error().message()));
        REQUIRE(fault);
        CHECK(to_json(*fault).dump() == text);
    }
}

TEST_CASE("a reason is a number or its name, in whatever spelling, and is told as a number") {
    for (const std::string reason : {"137", "\"server_busy\"", "\"Server busy\"", "\"SERVER-BUSY\""}) {
        const auto fault = parse_fault(R"({"kind":"refuse","reason":)" + reason + "}");
        REQUIRE(fault);
        CHECK(to_json(*fault).dump() == R"({"kind":"refuse","reason":137})");
    }
    CHECK(mistake(R"({"kind":"refuse","reason":"session_taken_over"})") == "reason: no CONNACK refuses with 142");
    CHECK(mistake(R"({"kind":"refuse","reason":"success"})") ==
          "reason: must be a whole number up to 255, or a reason code's name, such as server_busy");
}

TEST_CASE("a mistake names its field") {
    CHECK(mistake("") == "line 1: this is no JSON");
    CHECK(mistake("{\n\"kind\":\n}") == "line 3: this is no JSON");
    CHECK(mistake("[]") == "this is no JSON object");
    CHECK(mistake(R"({"kind":"freeze","duration_ms":1e999})") == "a number is larger than any that can be");
    CHECK(mistake("{}") == "kind: is missing");
    CHECK(mistake(R"({"kind":"flood"})") == "kind: must be the name of a fault (docs/faults.md)");
    CHECK(mistake(R"({"kind":7})") == "kind: must be the name of a fault (docs/faults.md)");
    CHECK(mistake(R"({"kind":"refuse","kind":"cut"})") == "key 'kind' stands twice in one object");
    CHECK(mistake(R"({"kind":"refuse","reson":137})") == "reson: there is no such field");
    CHECK(mistake(R"({"kind":"refuse","reason":300})") ==
          "reason: must be a whole number up to 255, or a reason code's name, such as server_busy");
    CHECK(mistake(R"({"kind":"refuse","reason":"busy"})") ==
          "reason: must be a whole number up to 255, or a reason code's name, such as server_busy");
    CHECK(mistake(R"({"kind":"refuse","reason":1})") == "reason: no CONNACK refuses with 1");
    CHECK(mistake(R"({"kind":"refuse","times":-1})") == "times: must be a whole number");
    CHECK(mistake(R"({"kind":"refuse","times":1.5})") == "times: must be a whole number");
    CHECK(mistake(R"({"kind":"refuse","probability":"0.5"})") == "probability: must be a number");
    CHECK(mistake(R"({"kind":"outage","duration_ms":-1})") == "duration_ms: must be a whole number");
    CHECK(mistake(R"({"kind":"outage","duration_ms":18446744073709551615})") == "duration_ms: must be a whole number");
    CHECK(mistake(R"({"kind":"cut","after_packets":1,"direction":"up"})") == "direction: must be received or sent");
    CHECK(mistake(R"({"kind":"restart","state":1})") == "state: must be kept or lost");
    CHECK(mistake(R"({"kind":"est","garbage":1})") == "garbage: must be true or false");
    CHECK(mistake(R"({"kind":"refuse","delay_ms":1})") == "delay_ms: is no parameter of refuse");
}

TEST_CASE("a scenario is read with its times and its seed") {
    const auto scenario = parse_scenario(R"({"seed": 7, "steps": [
        {"kind": "refuse", "times": 2},
        {"at_ms": 5000, "kind": "outage", "duration_ms": 1000}
    ]})");
    REQUIRE(scenario);
    CHECK(scenario->seed == 7);
    REQUIRE(scenario->steps.size() == 2);
    CHECK(scenario->steps[0].at.count() == 0);
    CHECK(scenario->steps[1].at.count() == 5'000);
    CHECK(scenario->steps[1].fault.kind == testbroker::FaultKind::outage);
}

TEST_CASE("a scenario's mistake names its line, its step and its field") {
    CHECK(scenario_mistake("{\"steps\": [\n  {\"kind\": }\n]}") == "line 2: this is no JSON");
    CHECK(scenario_mistake("{}") == "steps: must be an array");
    CHECK(scenario_mistake(R"({"steps":[]})") == "steps: there are none");
    CHECK(scenario_mistake(R"({"steps":[1]})") == "steps[0]: must be an object");
    CHECK(scenario_mistake(R"({"steps":[],"sed":1})") == "sed: there is no such field");
    CHECK(scenario_mistake(R"({"seed":"x","steps":[]})") == "seed: must be a whole number");
    const std::string good = "{\"steps\": [\n  {\"kind\": \"refuse\", \"server_reference\": \"\"},\n";
    CHECK(scenario_mistake(good + "  {\"kind\": \"cut\"}\n]}") == "line 3: steps[1].after_packets, after_bytes: give one of them");
    CHECK(scenario_mistake(good + "  {\"at_ms\": -1, \"kind\": \"refuse\"}\n]}") == "line 3: steps[1].at_ms: must be a whole number");
    CHECK(scenario_mistake(good + "\n  {\"tenant\": \"{[\\\"\", \"kind\": \"refuse\", \"at\": 5}\n]}") ==
          "line 4: steps[1].at: there is no such field");
}

TEST_CASE("what came of a fault stands beside it") {
    testbroker::FaultInfo info;
    info.id = 3;
    info.fault.kind = testbroker::FaultKind::freeze;
    info.is_standing = true;
    info.considered = 9;
    info.applied = 4;
    info.age = std::chrono::milliseconds(1'250);
    const auto json = to_json(info);
    CHECK(json["id"] == 3);
    CHECK(json["kind"] == "freeze");
    CHECK(json["standing"] == true);
    CHECK(json["considered"] == 9);
    CHECK(json["applied"] == 4);
    CHECK(json["age_ms"] == 1'250);
    CHECK_FALSE(json.contains("tenant"));
}

}  // namespace muster::test
