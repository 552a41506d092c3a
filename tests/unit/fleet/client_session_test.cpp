// SPDX-License-Identifier: Apache-2.0
// A tool's client and what brokers say to it: in pieces, too large, and against the rules.
#include "client/client_session.hpp"

#include "unit/wire/exact.hpp"
#include "unit/wire/said.hpp"

#include <catch2/catch.hpp>

#include <utility>
#include <vector>

namespace muster::test {

using namespace fleet;
using wire::ReasonCode;
using wire::Version;

namespace {

MqttMessage mine(const char* payload, Qos qos) {
    MqttMessage message;
    message.topic = "t";
    message.payload = payload;
    message.qos = qos;
    return message;
}

/// A client that has said its CONNECT, and everything that it has said and told since.
struct Client {
    explicit Client(const MqttConnection& connection = {})
        : version(connection.protocol == Protocol::mqtt5 ? Version::v5 : Version::v311), session(connection, "client", out) {
        out.clear();
    }
    void hear(std::string_view bytes) {
        in += bytes;
        session.read(in, out);
    }
    void greet(const wire::Connack& connack = {}) {
        hear(said(version, connack));
        REQUIRE(session.is_connected());
    }
    std::vector<MqttEvent> events() {
        std::vector<MqttEvent> all;
        while (auto event = session.take_event(out)) all.push_back(std::move(*event));
        return all;
    }
    [[nodiscard]] std::string failure() const { return session.failure() ? session.failure()->message() : ""; }

    Version version;
    std::string in;
    std::string out;
    ToolSession session;
};

/// One line for each event.
std::vector<std::string> told(const std::vector<MqttEvent>& events) {
    std::vector<std::string> lines;
    for (const auto& event : events) {
        if (const auto* one = std::get_if<MqttMessage>(&event)) lines.push_back(one->topic + ":" + one->payload);
        if (const auto* one = std::get_if<MqttSettled>(&event)) lines.push_back("settled " + std::to_string(one->packet_id));
        if (const auto* one = std::get_if<MqttGranted>(&event)) lines.push_back("granted " + std::to_string(one->packet_id));
        if (const auto* one = std::get_if<MqttRemoved>(&event)) lines.push_back("removed " + std::to_string(one->packet_id));
    }
    return lines;
}

std::string broken(const std::string& why) {
    return "the broker breaks the rules of MQTT: " + why;
}

}  // namespace

TEST_CASE("a conversation is understood in whatever pieces it comes") {
    const Version version = GENERATE(Version::v5, Version::v311);
    MqttConnection connection;
    connection.protocol = version == Version::v5 ? Protocol::mqtt5 : Protocol::mqtt311;
    const std::string all =
        said(version, wire::Connack{}, wire::Suback{1, {}, {ReasonCode::granted_qos_1}}, publish_of("a", Qos::at_most_once),
             wire::Puback{2, ReasonCode::success, {}}, publish_of("b", Qos::at_least_once, 7), wire::Pubrec{3, ReasonCode::success, {}},
             publish_of(std::string(300, 'c'), Qos::exactly_once, 8), wire::Pubcomp{3, ReasonCode::success, {}}, wire::Pingresp{});
    const std::vector<std::string> expected{"granted 1", "a:payload", "settled 2", "b:payload", std::string(300, 'c') + ":payload",
                                            "settled 3"};
    std::string answers;
    for (std::size_t cut = 0; cut <= all.size(); ++cut) {
        Client client(connection);
        REQUIRE(client.session.subscribe({{"#", Qos::at_least_once}}, {}, client.out));
        REQUIRE(client.session.publish(mine("1", Qos::at_least_once), client.out));
        REQUIRE(client.session.publish(mine("2", Qos::exactly_once), client.out));
        client.session.ping(client.out);
        client.out.clear();
        client.hear(std::string_view(all).substr(0, cut));
        client.hear(std::string_view(all).substr(cut));
        CHECK(client.in.empty());
        CHECK(client.failure().empty());
        CHECK(client.session.is_connected());
        CHECK_FALSE(client.session.awaits_pong());
        CHECK(told(client.events()) == expected);
        if (cut == 0) answers = client.out;
        CHECK(client.out == answers);
    }
    CHECK(answers == said(version, wire::Pubrel{3, ReasonCode::success, {}}, wire::Puback{7, ReasonCode::success, {}},
                          wire::Pubrec{8, ReasonCode::success, {}}));
}

TEST_CASE("a packet that is not whole is waited for, and no more of it is kept than came") {
    Client client;
    client.greet();
    // 200 MiB are said to come.
    const std::string begin = bytes_of({0x30, 0x80, 0x80, 0x80, 0x64, 0, 1, 't', 0});
    client.hear(begin);
    CHECK(client.in == begin);
    CHECK(client.failure().empty());
    CHECK(client.events().empty());
}

TEST_CASE("a broker that sends more than the client takes breaks the rules, before all of it has come") {
    const std::string packet = said(Version::v5, publish_of("topic", Qos::at_most_once));
    MqttConnection connection;
    connection.properties.maximum_packet_size = static_cast<std::uint32_t>(packet.size());
    {
        Client client(connection);
        client.greet();
        client.hear(packet);
        CHECK(told(client.events()) == std::vector<std::string>{"topic:payload"});
    }
    connection.properties.maximum_packet_size = static_cast<std::uint32_t>(packet.size() - 1);
    Client client(connection);
    client.greet();
    client.hear(packet.substr(0, 2));
    CHECK(client.failure() == broken("the packet is larger than allowed"));
    client.hear(packet.substr(2));
    CHECK(client.events().empty());
    // MQTT 3.1.1 has no way to say so.
    connection.protocol = Protocol::mqtt311;
    Client old(connection);
    old.greet();
    old.hear(said(Version::v311, publish_of("topic", Qos::at_most_once)));
    CHECK(told(old.events()) == std::vector<std::string>{"topic:payload"});
}

TEST_CASE("what answers a CONNECT and is no CONNACK is no MQTT") {
    const auto bytes = GENERATE(std::string("SSH-2.0-x\r\n"), std::string("HTTP/1.1 400 Bad Request\r\n\r\n"),
                                bytes_of({0x15, 3, 3, 0, 2, 2, 70}), bytes_of({0xD0, 0}), bytes_of({0x20, 3, 2, 0, 0}),
                                bytes_of({0x20, 3, 0, 1, 0}), bytes_of({0x20, 4, 0, 0, 9, 0}), bytes_of({0x20, 0xFF, 0xFF, 0xFF, 0xFF}));
    for (const std::size_t piece : {std::size_t{1}, bytes.size()}) {
        Client client;
        for (std::size_t i = 0; i < bytes.size(); i += piece) client.hear(std::string_view(bytes).substr(i, piece));
        CHECK_FALSE(client.session.is_connected());
        REQUIRE(client.session.failure());
        CHECK(client.session.failure()->code() == Code::unreachable);
        CHECK(client.failure().rfind("what the server sends is not MQTT: ", 0) == 0);
    }
}

TEST_CASE("packets against the rules end the connection, with the rule") {
    const auto [bytes, why] = GENERATE_COPY(table<std::string, std::string>({
        {bytes_of({0x00, 0}), "packet type 0"},
        {bytes_of({0x36, 5, 0, 1, 't', 0, 7}), "wrong flags in the fixed header"},
        {bytes_of({0x60, 2, 0, 7}), "wrong flags in the fixed header"},
        {bytes_of({0xD0, 0x80, 0x80, 0x80, 0x80, 1}), "the remaining length has more than four bytes"},
        {bytes_of({0x20, 3, 0, 0, 0}), "a packet that only clients send"},
        {bytes_of({0xC0, 0}), "a packet that only clients send"},
        {bytes_of({0x30, 4, 0, 0, 0, 'x'}), "a topic alias that stands for nothing"},
        {bytes_of({0x30, 7, 0, 0, 3, 0x23, 0, 1, 'x'}), "a topic alias that stands for nothing"},
    }));
    CAPTURE(why);
    Client client;
    client.greet();
    client.hear(said(Version::v5, publish_of("first", Qos::at_most_once)) + bytes +
                said(Version::v5, publish_of("last", Qos::at_most_once)));
    REQUIRE(client.session.failure());
    CHECK(client.session.failure()->code() == Code::rejected);
    CHECK(client.failure().rfind(broken(""), 0) == 0);
    if (bytes[0] != 0x30) CHECK(client.failure() == broken(why));
    // What came before it has come.
    CHECK(told(client.events()) == std::vector<std::string>{"first:payload"});
}

TEST_CASE("a topic alias stands for what it was given with, also in a message that comes again") {
    MqttConnection connection;
    connection.properties.topic_alias_maximum = 2;
    Client client(connection);
    client.greet();
    auto first = publish_of("long/topic", Qos::exactly_once, 7);
    first.properties.topic_alias = 2;
    auto second = publish_of("", Qos::at_most_once);
    second.properties.topic_alias = 2;
    client.hear(said(Version::v5, first, second));
    CHECK(told(client.events()) == std::vector<std::string>{"long/topic:payload", "long/topic:payload"});
    auto again = publish_of("other", Qos::exactly_once, 7);
    again.dup = true;
    again.properties.topic_alias = 2;
    client.hear(said(Version::v5, again, second));
    CHECK(told(client.events()) == std::vector<std::string>{"other:payload"});
    auto beyond = publish_of("t", Qos::at_most_once);
    beyond.properties.topic_alias = 3;
    client.hear(said(Version::v5, beyond));
    CHECK(client.failure() == broken("a topic alias that stands for nothing"));
}

TEST_CASE("a message of QoS 2 that comes again is one message, read or not") {
    Client client;
    client.greet();
    auto once = publish_of("t", Qos::exactly_once, 7);
    auto again = once;
    again.dup = true;
    client.hear(said(Version::v5, once, again));
    // Acknowledged with the next call after it was taken.
    CHECK(told(client.events()) == std::vector<std::string>{"t:payload"});
    const std::string pubrec = said(Version::v5, wire::Pubrec{7, ReasonCode::success, {}});
    CHECK(std::exchange(client.out, "") == pubrec);
    CHECK(client.session.awaits_release());
    client.hear(said(Version::v5, again));
    CHECK(client.events().empty());
    CHECK(std::exchange(client.out, "") == pubrec);
    client.hear(said(Version::v5, wire::Pubrel{7, ReasonCode::success, {}}));
    CHECK(client.out == said(Version::v5, wire::Pubcomp{7, ReasonCode::success, {}}));
    CHECK_FALSE(client.session.awaits_release());
    client.hear(said(Version::v5, once));
    CHECK(told(client.events()) == std::vector<std::string>{"t:payload"});
}

TEST_CASE("messages that nobody takes hold back what is behind them") {
    constexpr std::size_t topic_bytes = 60'000;
    constexpr std::size_t all = 500;
    MqttConnection connection;
    connection.properties.topic_alias_maximum = 1;
    Client client(connection);
    client.greet();
    const std::string topic(topic_bytes, 't');
    auto named = publish_of(topic, Qos::at_most_once);
    named.properties.topic_alias = 1;
    std::string bytes = said(Version::v5, named);
    named.topic = {};
    for (std::size_t i = 1; i < all; ++i) bytes += said(Version::v5, named);
    client.hear(bytes + said(Version::v5, wire::Pingresp{}));
    CHECK_FALSE(client.in.empty());
    std::size_t taken = 0;
    for (std::size_t before = 1; before != taken && !client.in.empty();) {
        before = taken;
        const auto some = client.events();
        CHECK(some.size() * topic_bytes < 5'000'000);
        taken += some.size();
        client.hear("");
    }
    taken += client.events().size();
    CHECK(taken == all);
    CHECK(client.in.empty());
}

TEST_CASE("messages that nobody is going to take are dropped, and not acknowledged") {
    Client client;
    client.greet();
    client.hear(said(Version::v5, publish_of("a", Qos::at_least_once, 7), wire::Unsuback{5, {}, {ReasonCode::success}}));
    CHECK(client.session.unsubscribe({"t"}, {}, client.out) == 1);
    client.out.clear();
    client.hear(said(Version::v5, wire::Unsuback{1, {}, {ReasonCode::success}}, publish_of("b", Qos::exactly_once, 8)));
    client.session.drop_messages();
    CHECK(told(client.events()) == std::vector<std::string>{"removed 1"});
    CHECK(client.out.empty());
    CHECK_FALSE(client.session.awaits_release());
}

TEST_CASE("acknowledgements of what was never sent settle nothing") {
    Client client;
    client.greet();
    client.hear(said(Version::v5, wire::Puback{1, ReasonCode::success, {}}, wire::Pubrec{2, ReasonCode::success, {}},
                     wire::Pubcomp{3, ReasonCode::success, {}}, wire::Suback{4, {}, {ReasonCode::granted_qos_1}},
                     wire::Unsuback{5, {}, {ReasonCode::success}}, wire::Pubrel{6, ReasonCode::success, {}}));
    CHECK(client.failure().empty());
    CHECK(client.events().empty());
    CHECK(client.out == said(Version::v5, wire::Pubrel{2, ReasonCode::packet_identifier_not_found, {}},
                             wire::Pubcomp{6, ReasonCode::packet_identifier_not_found, {}}));
}

}  // namespace muster::test
