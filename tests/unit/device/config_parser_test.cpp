// SPDX-License-Identifier: Apache-2.0
// A configuration as JSON: what is read, and the one clear error that each mistake gets.
#include "support/temporary_directory.hpp"

#include <muster/device_config.hpp>

#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>

namespace muster::test {
namespace {

Result<DeviceConfig> parse(const std::string& json) {
    return parse_device_config(json, "device.json", "/etc/fleet");
}

}  // namespace

TEST_CASE("the example of the documentation is read, key by key") {
    std::ifstream file(MUSTER_CONFIG_PAGE);
    std::stringstream page;
    page << file.rdbuf();
    const std::string text = page.str();
    const auto start = text.find("```json\n") + 8;
    const auto config = parse(text.substr(start, text.find("```", start) - start));
    REQUIRE(config);
    CHECK(config->endpoints.size() == 2);
    CHECK(config->protocol == Protocol::mqtt5);
    CHECK(config->identity_dir == "/etc/fleet/identity");
    CHECK(config->key_password.file == "/etc/fleet/key-password");
    CHECK(config->outbox_path == "/etc/fleet/outbox/outbox.db");
    REQUIRE(config->classes.size() == 4);
    CHECK(config->classes[0].options.durability == Durability::disk);
    CHECK(config->classes[0].options.priority == Priority::alarm);
    CHECK(config->classes[1].options.overflow == Overflow::drop_oldest);
    CHECK(config->classes[1].options.time_to_live == std::chrono::hours(24));
    CHECK(config->outbox.bulk.max_bytes == 16U << 20U);
    CHECK(config->outbox.bulk.order == DrainOrder::newest_first);
    CHECK(config->outbox.normal.max_bytes == 0);
    CHECK(config->classes[2].encoding == Encoding::protobuf);
    CHECK(config->classes[3].delta->bands[0].first == "humidity");
    CHECK(config->backoff.first_attempt == std::chrono::milliseconds(30'000));
    CHECK(config->window == 64);
    CHECK(config->renewal.est_url == "https://est.example.net/.well-known/est/acme");
    CHECK(config->renewal.key == RenewalKey::renewed);
}

TEST_CASE("an endpoint is an address, or one with a priority") {
    const auto config = parse(R"({"endpoints":["mqtt://127.0.0.1",{"url":"mqtt://127.0.0.2","priority":2}]})");
    REQUIRE(config);
    CHECK(config->endpoints == std::vector<std::string>{"mqtt://127.0.0.1", "mqtt://127.0.0.2"});
    CHECK(config->priorities == std::vector<unsigned>{0, 2});
    const auto alike = parse(R"({"endpoints":[{"url":"mqtt://127.0.0.1","priority":2}]})");
    REQUIRE(alike);
    CHECK(alike->priorities.empty());
}

TEST_CASE("what is left out has its safe default") {
    const auto config = parse(R"({"endpoints":["mqtt://127.0.0.1:1883"]})");
    REQUIRE(config);
    CHECK(config->backoff.cap == std::chrono::milliseconds(300'000));
    CHECK(config->backoff.first_attempt == std::chrono::milliseconds(30'000));
    CHECK(config->keep_alive == std::chrono::seconds(60));
    CHECK(config->session_expiry.count() == 0);
}

TEST_CASE("each mistake gets one error that names its place") {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"", "device.json:1:1"},
        {"{\n  \"endpoints\": [\n}", "device.json:3:1"},
        {"[]", "must be an object"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"window":5,"window":6})", "key 'window' stands twice"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"window":1e999})", "a number is larger than any that can be"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"keep_alive":5})", "unknown key 'keep_alive'"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"backoff":{"base":5}})", "unknown key 'backoff.base'"},
        {R"({"endpoints":"mqtt://127.0.0.1"})", "endpoints is"},
        {R"({"endpoints":[]})", "endpoints is empty"},
        {R"({"endpoints":[{"priority":1}]})", "endpoints[0] has no url"},
        {R"({"endpoints":[{"url":"mqtt://127.0.0.1","priority":1001},"mqtt://127.0.0.2"]})", "endpoints[].priority is 1001"},
        {R"({"endpoints":[{"url":"mqtt://127.0.0.1","weight":1}]})", "unknown key 'endpoints[0].weight'"},
        {R"({"endpoints":[5]})", "endpoints is 5"},
        {R"({"endpoints":["127.0.0.1"]})", "does not begin with mqtts://"},
        {R"({"endpoints":["mqtt://broker.example"]})", "plain text over a network"},
        {R"({"endpoints":["mqtts://broker.example"]})", "no trust anchors"},
        {R"({"endpoints":["ws://broker.example"]})", "plain text over a network"},
        {R"({"endpoints":["ws://[::1]:80"],"transport":"paho"})", "WebSocket needs a name"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"proxy":{"url":"proxy:3128"}})", "does not begin with http://"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"proxy":{"url":"http://proxy"}})", "not a host and a port"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"proxy":{"url":"http://u:p@proxy:1"}})", "set proxy.username and proxy.password_file"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"proxy":{"url":"http://proxy:1","username":"u"}})", "belong together"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"proxy":{"username":"u","password_file":"f"}})", "there is no proxy.url"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"proxy":{"url":"http://proxy:1","from_environment":true}})", "choose one"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"proxy":{"from_environment":1}})", "proxy.from_environment is 1"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"client_id_scheme":"serial"})", "client_id_scheme is \"serial\""},
        {R"({"endpoints":["mqtt://127.0.0.1"],"client_id":"a","client_id_scheme":"mac"})", "choose one"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"client_id_template":"{tenant}:{device}"})", "tenant is empty"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"client_id_template":"acme"})", "does not have {device} once"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"client_id_template":"{device}{client_id}"})", "has '{client_id}'"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"client_id_template":"{device"})", "does not have {device} once"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"inbox":{"max_messages":0}})", "inbox.max_messages is 0"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"inbox":{"max_bytes":65535}})", "inbox.max_bytes is 65535"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"inbox":{"acknowledge_within_ms":60001}})", "inbox.acknowledge_within_ms is 60001"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"inbox":{"remembered_ids":1000001}})", "inbox.remembered_ids is 1000001"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"inbox":{"remembered_ids":0,"drop_duplicates":true}})", "inbox.drop_duplicates needs"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"topic_root":"d/{id}"})", "it can have {client_id}, {tenant}, {device}"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"topic_root":"d/}"})", "topic_root has '}'"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"topic_root":"d/{client_id}/"})", "ends with '/'"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"topic_root":"d/+"})", "topic_root: topic 'd/+' has a wildcard"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"presence":{"topic":"a/#"}})", "presence.topic: topic 'a/#' has a wildcard"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"presence":{"topic":""}})", "presence.topic is empty"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"presence":"yes"})", "presence"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"presence":true,"will":{"topic":"w"}})", "are both set"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"will":{"payload":"w"}})", "will has no topic"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"will":{"topic":"w","qos":3}})", "will.qos is 3"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"birth":{"topic":"w+"}})", "birth.topic"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"will_delay_s":2147483648})", "will_delay_s"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"protocol":"mqtt31"})", "protocol is \"mqtt31\""},
        {R"({"endpoints":["mqtt://127.0.0.1"],"transport":"tcp"})", "transport is \"tcp\""},
        {R"({"endpoints":["mqtt://127.0.0.1"],"window":0})", "window is 0"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"window":101})", "window is 101"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"window":70000})", "window is 70000"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"window":-1})", "window is -1"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"window":1.5})", "window is 1.5"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"keep_alive_s":"60"})", "keep_alive_s is \"60\""},
        {R"({"endpoints":["mqtt://127.0.0.1"],"backoff":{"base_ms":2000,"cap_ms":1000}})", "backoff.cap_ms is 1000"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"backoff":{"timeout_cap_ms":-1}})", "backoff.timeout_cap_ms is -1"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"backoff":{"refused_cap_ms":86400001}})", "backoff.refused_cap_ms is 86400001"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"outbox":{"max_bytes":1}})", "outbox.max_bytes is 1"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"classes":[{"qos":1}]})", "classes[0] has no filter"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"classes":[{"filter":"a","qos":3}]})", "classes[0].qos is 3"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"classes":[{"filter":"a","durability":"ram"}]})", "classes[0].durability"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"classes":[{"filter":"a","priority":"low"}]})", "classes[0].priority is \"low\""},
        {R"({"endpoints":["mqtt://127.0.0.1"],"classes":[{"filter":"a","overflow":"drop"}]})", "\"drop_lowest_priority\" or \"latest\""},
        {R"({"endpoints":["mqtt://127.0.0.1"],"classes":[{"filter":"a","time_to_live_s":4294967296}]})",
         "classes[0].time_to_live_s is 4294967296"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"drain":{"messages_per_second":1000001}})", "drain.messages_per_second is 1000001"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"drain":{"bytes_per_second":1023}})", "drain.bytes_per_second is 1023"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"drain":{"start_spread_ms":3600001}})", "drain.start_spread_ms is 3600001"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"drain":{"rate":1}})", "unknown key 'drain.rate'"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"message_id":"header"})", "message_id is \"header\""},
        {R"({"endpoints":["mqtt://127.0.0.1"],"outbox":{"quarantine_after":1}})", "outbox.quarantine_after is 1"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"outbox":{"low":{}}})", "unknown key 'outbox.low'"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"outbox":{"alarm":{"order":"random"}}})", "outbox.alarm.order is \"random\""},
        {R"({"endpoints":["mqtt://127.0.0.1"],"outbox":{"high":{"max_messages":9007199254740993}}})",
         "outbox.high.max_messages is 9007199254740993"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"outbox":{"bulk":{"max_bytes":1099511627777}}})", "outbox.bulk.max_bytes is 1099511627777"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"username":"u"})", "belong together"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"identity_dir":""})", "identity_dir"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"renewal":{"est_url":"https://e"}})", "no identity_dir to renew"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"identity_dir":"i","renewal":{"est_url":"http://e"}})", "does not begin with https://"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"identity_dir":"i","renewal":{"est_url":"https://e","after_percent":91}})",
         "renewal.after_percent is 91"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"identity_dir":"i","renewal":{"est_url":"https://e","jitter_percent":30}})",
         "renewal.jitter_percent is 30"},
        {R"({"endpoints":["mqtt://127.0.0.1"],"identity_dir":"i","renewal":{"key":"old"}})", "renewal.key is"},
    };
    for (const auto& [json, expected] : cases) {
        INFO(json);
        const auto config = parse(json);
        REQUIRE_FALSE(config);
        CHECK(config.error().code() == Code::invalid_argument);
        INFO(config.error().message() << " " << config.error().hint());
        CHECK((config.error().message() + " " + config.error().hint()).find(expected) != std::string::npos);
        CHECK(config.error().message().rfind("device.json", 0) == 0);
    }
}

TEST_CASE("a configuration file that is not there is told from a wrong one") {
    CHECK(load_device_config("/nonexistent/device.json").error().code() == Code::not_found);
}

}  // namespace muster::test
