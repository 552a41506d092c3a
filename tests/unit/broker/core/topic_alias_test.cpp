// SPDX-License-Identifier: Apache-2.0
// Topic aliases: those that clients give, and those that the broker gives.
#include "stage.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

wire::Publish message(std::string_view topic, std::uint16_t alias, std::string_view payload) {
    wire::Publish publish;
    publish.topic = topic;
    publish.payload = payload;
    publish.properties.topic_alias = alias;
    return publish;
}

wire::Connect taking(std::uint16_t topic_alias_maximum) {
    wire::Connect connect;
    connect.clean_start = false;
    connect.properties.session_expiry_interval = 100U;
    connect.properties.topic_alias_maximum = topic_alias_maximum;
    return connect;
}

/// What the packet had for a topic, and its alias.
std::pair<std::string, std::uint16_t> seen(Stage& stage, core::ConnectionId id) {
    const auto& publish = stage.last<wire::Publish>(id);
    return {std::string(publish.topic), publish.properties.topic_alias.value_or(0)};
}

}  // namespace

TEST_CASE("an alias stands for the topic that it was last given with") {
    Stage stage;
    const auto app = stage.application("dash");
    stage.subscribe(app, "#");
    stage.take(app);
    const auto device = stage.device("press-01");
    stage.say(device, message("a/b", 32, "1"));
    stage.say(device, message("", 32, "2"));
    stage.say(device, message("c", 32, "3"));
    stage.say(device, message("", 32, "4"));
    CHECK(stage.take(app) == Lines{"press-01/a/b=1 q0", "press-01/a/b=2 q0", "press-01/c=3 q0", "press-01/c=4 q0"});
    CHECK(stage.last<wire::Publish>(app).properties.topic_alias == std::nullopt);
}

TEST_CASE("an alias of 0 or above the maximum is invalid, one that was not given is a protocol error") {
    struct Row {
        std::uint16_t alias;
        std::string_view topic;
        const char* answer;
    };
    for (const auto& row : {Row{0, "t", "disconnect 148"}, Row{33, "t", "disconnect 148"}, Row{33, "", "disconnect 148"},
                            Row{1, "", "disconnect 130"}, Row{32, "", "disconnect 130"}}) {
        Stage stage;
        const auto device = stage.device("press-01");
        stage.say(device, message("set", 2, "1"));
        stage.say(device, message(row.topic, row.alias, "1"));
        INFO(row.alias << " " << row.topic);
        CHECK(stage.take(device) == Lines{row.answer});
    }
}

TEST_CASE("aliases end with their connection, also if the session goes on") {
    Stage stage;
    const auto first = stage.device("press-01", "acme", taking(0));
    stage.say(first, message("t", 1, "1"));
    const auto second = stage.device("press-01", "acme", taking(0));
    stage.say(second, message("", 1, "2"));
    CHECK(stage.take(second) == Lines{"disconnect 130"});
}

TEST_CASE("a broker that offers no aliases says none in CONNACK and takes none") {
    core::Limits limits;
    limits.topic_alias_maximum = 0;
    Stage stage(limits);
    const auto device = stage.device("press-01", "acme", taking(10));
    CHECK_FALSE(stage.last<wire::Connack>(device).properties.topic_alias_maximum);
    stage.say(device, message("t", 1, "1"));
    CHECK(stage.take(device) == Lines{"disconnect 148"});
}

TEST_CASE("a client that takes aliases gets them in the order of its topics, and each topic in full once") {
    Stage stage;
    const auto app = stage.application("dash", "acme", taking(2));
    stage.subscribe(app, "#");
    const auto device = stage.device("press-01");
    using Seen = std::pair<std::string, std::uint16_t>;
    stage.publish(device, "a", "1");
    CHECK(seen(stage, app) == Seen("press-01/a", 1));
    stage.publish(device, "b", "2");
    CHECK(seen(stage, app) == Seen("press-01/b", 2));
    stage.publish(device, "a", "3");
    CHECK(seen(stage, app) == Seen("", 1));
    stage.publish(device, "c", "4");
    CHECK(seen(stage, app) == Seen("press-01/c", 0));
    stage.publish(device, "b", "5");
    CHECK(seen(stage, app) == Seen("", 2));
}

TEST_CASE("a client that says nothing of aliases gets none, and a topic as short as an alias gets none either") {
    Stage stage;
    const auto silent = stage.application("silent");
    const auto device = stage.device("press-01", "acme", taking(5));
    stage.subscribe(silent, "#");
    stage.subscribe(device, "#");
    stage.publish(device, "abc", "1");
    CHECK(seen(stage, silent).second == 0);
    CHECK(seen(stage, device).second == 0);
}

TEST_CASE("what is sent again on a new connection names its topic in full") {
    Stage stage;
    const auto app = stage.application("dash", "acme", taking(2));
    stage.subscribe(app, "#");
    const auto device = stage.device("press-01");
    stage.publish(device, "a", "1");
    stage.publish(device, "a", "2", Qos::at_least_once);
    CHECK(seen(stage, app).first.empty());
    stage.core.connection_lost(app, stage.clock.now());
    const auto again = stage.application_opened("dash", taking(1));
    CHECK(stage.take(again) == Lines{"connack 0 present", "press-01/a=2 q1 dup"});
    CHECK(seen(stage, again).first == "press-01/a");
}

TEST_CASE("an alias is not given where only it would make the packet too large") {
    Stage stage;
    auto connect = taking(2);
    connect.properties.maximum_packet_size = 64U;
    const auto app = stage.application("dash", "acme", connect);
    stage.subscribe(app, "#");
    stage.take(app);
    const auto device = stage.device("press-01");
    // Fixed header, length of the topic, length of the properties.
    const std::size_t rest = 64 - std::string("press-01/a").size() - 5;
    stage.publish(device, "a", std::string(rest, 'x'));
    CHECK(seen(stage, app).second == 0);
    stage.publish(device, "a", std::string(rest + 1, 'x'));
    CHECK(stage.take(app).size() == 1);
    stage.publish(device, "a", "1");
    CHECK(seen(stage, app).second == 1);
    stage.publish(device, "a", std::string(rest + 1, 'x'));
    CHECK(stage.take(app).size() == 2);
}

}  // namespace muster::test
