// SPDX-License-Identifier: Apache-2.0
// $SYS: the administrator's figures, and nobody else's topics.
#include "core/sys_topics.hpp"

#include "stage.hpp"

#include <catch2/catch.hpp>

namespace muster::test {

using namespace std::chrono_literals;

TEST_CASE("nobody may publish what looks like the broker's own word, and nobody is sent it") {
    Stage stage;
    const auto device = stage.device("press-01");
    const auto app = stage.application("dash");
    const auto flat = stage.device("a", "flat");
    for (const auto id : {device, app, flat}) {
        for (const auto* filter : {"$SYS/#", "#", "+/$SYS/#", "$share/g/$SYS/#", "$SYS"}) {
            stage.subscribe(id, filter);
            CHECK(stage.take(id) == Lines{"suback 1"});
        }
    }
    for (const auto id : {device, app, flat}) {
        for (const auto* topic : {"$SYS/broker/uptime", "$SYS", "$SYS/"}) {
            stage.publish(id, topic, "1");
            CHECK(stage.take(id).empty());
            stage.publish(id, topic, "1", Qos::at_least_once, true);
            CHECK(stage.take(id) == Lines{"puback 135"});
            stage.publish(id, topic, "1", Qos::exactly_once);
            CHECK(stage.take(id) == Lines{"pubrec 135"});
        }
    }
    stage.publish(app, "press-01/$SYS/broker/uptime", "1", Qos::at_least_once);
    CHECK(stage.take(app) == Lines{"puback 135"});
    for (const auto id : {device, app, flat}) {
        stage.subscribe(id, "$SYS/#");
        CHECK(stage.take(id) == Lines{"suback 1"});
    }
    CHECK(stage.core.counters().denied == 28);
    CHECK(stage.core.counters().messages_in == 0);
}

TEST_CASE("only $SYS itself is the broker's") {
    Stage stage;
    const auto device = stage.device("press-01");
    const auto flat = stage.device("a", "flat");
    for (const auto* topic : {"$SYSTEM/a", "$sys/a", "a/b/$SYS/c", "$other"}) {
        stage.publish(device, topic, "1", Qos::at_least_once);
        CHECK(stage.take(device) == Lines{"puback 16"});
        stage.publish(flat, std::string("x/") + topic, "1", Qos::at_least_once);
        CHECK(stage.take(flat) == Lines{"puback 16"});
    }
    stage.publish(flat, "x/$SYS/a", "1", Qos::at_least_once);
    CHECK(stage.take(flat) == Lines{"puback 16"});
}

TEST_CASE("a 3.1.1 client cannot be told, so its message is acknowledged and dropped") {
    Stage stage;
    wire::Connect old;
    old.version = wire::Version::v311;
    const auto app = stage.application("dash", "acme", old);
    stage.subscribe(app, "$SYS/#");
    stage.take(app);
    stage.publish(app, "$SYS/a", "1", Qos::at_least_once);
    CHECK(stage.take(app) == Lines{"puback 0"});
    stage.publish(app, "$SYS/a", "1", Qos::exactly_once);
    CHECK(stage.take(app) == Lines{"pubrec 0"});
    wire::Pubrel release;
    release.packet_id = 77;
    stage.say(app, release);
    CHECK(stage.take(app) == Lines{"pubcomp 0"});
}

TEST_CASE("a will to $SYS is refused at CONNECT") {
    Stage stage;
    wire::Connect connect;
    connect.client_id = "press-01";
    connect.will.emplace().topic = "$SYS/broker/uptime";
    const auto device = stage.open(Stage::certificate("press-01"));
    stage.say(device, connect);
    CHECK(stage.take(device) == Lines{"connack 135"});
    CHECK(stage.is_closed(device));
    connect.will->topic = "press-01/$SYS/broker/uptime";
    CHECK(stage.take(stage.application_opened("dash", connect)) == Lines{"connack 135"});
}

TEST_CASE("the figures have Mosquitto's names, and what is not known is left out") {
    core::SysFigures figures;
    figures.version = "1.2.3";
    figures.uptime = 61s;
    figures.counters.messages_in = 5;
    figures.counters.deliveries = {7, 1, 2, 3, 4, 5};
    figures.census.sessions = 4;
    figures.census.connected = 3;
    figures.bytes_sent = 99;
    const auto all = core::sys_topics(figures);
    const std::map<std::string, std::string> topics(all.begin(), all.end());
    CHECK(std::is_sorted(all.begin(), all.end()));
    CHECK(topics.at("$SYS/broker/version") == "muster version 1.2.3");
    CHECK(topics.at("$SYS/broker/uptime") == "61 seconds");
    CHECK(topics.at("$SYS/broker/clients/connected") == "3");
    CHECK(topics.at("$SYS/broker/clients/disconnected") == "1");
    CHECK(topics.at("$SYS/broker/clients/total") == "4");
    CHECK(topics.at("$SYS/broker/publish/messages/received") == "5");
    CHECK(topics.at("$SYS/broker/publish/messages/sent") == "7");
    CHECK(topics.at("$SYS/broker/publish/messages/dropped") == "15");
    CHECK(topics.at("$SYS/broker/bytes/sent") == "99");
    CHECK(topics.count("$SYS/broker/bytes/received") == 0);
}

TEST_CASE("the census counts what there is, of all tenants, and adds up") {
    Stage stage;
    wire::Connect lasting;
    lasting.properties.session_expiry_interval = 100U;
    const auto app = stage.application("dash", "acme", lasting);
    stage.subscribe(app, "#");
    stage.subscribe(app, "$share/g/#");
    stage.publish(stage.device("press-01", "other"), "t", "1", Qos::at_least_once, true);
    stage.core.connection_lost(app, stage.clock.now());
    stage.publish(stage.device("press-01"), "t", "1", Qos::at_least_once);
    core::Census census = stage.core.census();
    census += stage.core.census();
    CHECK(census.sessions == 6);
    CHECK(census.connected == 4);
    CHECK(census.subscriptions == 4);
    CHECK(census.shared_subscriptions == 2);
    CHECK(census.retained == 2);
    CHECK(census.waiting == 4);
}

}  // namespace muster::test
