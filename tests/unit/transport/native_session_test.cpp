// SPDX-License-Identifier: Apache-2.0
// A client's part of MQTT and what brokers say to it: in pieces, against the rules, and what is kept from one connection to the next.
#include "transport/native_session.hpp"

#include "unit/wire/exact.hpp"
#include "unit/wire/said.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace muster::test {

using transport::ClientMemory;
using transport::LinkOptions;
using transport::NativeSession;
using wire::ReasonCode;
using wire::Version;

namespace {

/// A line for each event.
class Listener final : public transport::LinkSink {
public:
    void link_up(transport::LinkId /*link*/, const transport::LinkUp& up) override {
        told.push_back("up " + std::to_string(up.receive_maximum));
    }
    void version_refused(transport::LinkId /*link*/) override { told.emplace_back("version"); }
    void link_down(transport::LinkId /*link*/, const transport::LinkDown& down) override {
        told.push_back("down " + std::string(name_of(down.why.code())) + " " + down.why.message());
        ending = down;
    }
    void sent(transport::LinkId /*link*/, transport::SendId id, const Result<void>& outcome) override {
        told.push_back("sent " + std::to_string(id) + (outcome ? "" : " " + std::string(name_of(outcome.error().code()))));
    }
    void subscribed(transport::LinkId /*link*/, const std::vector<Result<void>>& outcomes) override { tell("subscribed", outcomes); }
    void unsubscribed(transport::LinkId /*link*/, const std::vector<Result<void>>& outcomes) override { tell("unsubscribed", outcomes); }
    void message(transport::LinkId /*link*/, transport::Arrival arrival) override {
        told.push_back(arrival.message.topic + ":" + arrival.message.payload);
    }

    std::vector<std::string> told;
    std::optional<transport::LinkDown> ending;

private:
    void tell(const std::string& what, const std::vector<Result<void>>& outcomes) {
        told.push_back(what);
        for (const auto& outcome : outcomes) told.back() += outcome ? " yes" : " no";
    }
};

LinkOptions options_with(Protocol protocol) {
    LinkOptions options;
    options.protocol = protocol;
    options.endpoint = "mqtt://127.0.0.1:1883";
    options.client_id = "press-01";
    return options;
}

/// A client that has said its CONNECT, and everything that it has said and told since.
struct Conversation {
    explicit Conversation(LinkOptions with = options_with(Protocol::mqtt5), ClientMemory before = {})
        : version(with.protocol == Protocol::mqtt5 ? Version::v5 : Version::v311),
          options(std::move(with)),
          memory(std::move(before)),
          session(7, options, listener, memory) {
        REQUIRE(session.connect(out));
        out.clear();
    }
    void hear(std::string_view bytes) {
        in += bytes;
        std::string_view rest = in;
        while (auto delivery = session.read(rest, out)) {
            listener.message(7, std::move(delivery->arrival));
            session.acknowledge(*delivery, out);
        }
        in.erase(0, in.size() - rest.size());
    }
    void greet(const wire::Connack& connack = {}) {
        hear(said(version, connack));
        REQUIRE_FALSE(session.is_greeting());
        listener.told.clear();
    }

    const Version version;
    const LinkOptions options;
    ClientMemory memory;
    Listener listener;
    std::string in;
    std::string out;
    NativeSession session;
};

using Told = std::vector<std::string>;

}  // namespace

TEST_CASE("a client's connection is understood in whatever pieces it comes") {
    const auto protocol = GENERATE(Protocol::mqtt5, Protocol::mqtt311);
    const Version version = protocol == Protocol::mqtt5 ? Version::v5 : Version::v311;
    const std::string all = said(version, wire::Suback{1, {}, {ReasonCode::granted_qos_1}}, publish_of("a", Qos::at_most_once),
                                 wire::Puback{2, ReasonCode::success, {}}, publish_of("b", Qos::at_least_once, 7),
                                 wire::Pubrec{3, ReasonCode::success, {}}, publish_of(std::string(300, 'c'), Qos::exactly_once, 8),
                                 wire::Pubcomp{3, ReasonCode::success, {}}, wire::Pubrel{8, ReasonCode::success, {}}, wire::Pingresp{});
    for (std::size_t cut = 0; cut <= all.size(); ++cut) {
        Conversation client(options_with(protocol));
        client.greet();
        client.session.subscribe({{"#"}}, client.out);
        client.session.send(11, {"t", "1", Qos::at_least_once}, client.out);
        client.session.send(12, {"t", "2", Qos::exactly_once}, client.out);
        client.session.ping(client.out);
        client.out.clear();
        client.hear(std::string_view(all).substr(0, cut));
        client.hear(std::string_view(all).substr(cut));
        CHECK(client.in.empty());
        CHECK_FALSE(client.session.awaits_pong());
        CHECK(client.listener.told ==
              Told{"subscribed yes", "a:payload", "sent 11", "b:payload", std::string(300, 'c') + ":payload", "sent 12"});
        CHECK(client.out == said(version, wire::Puback{7, ReasonCode::success, {}}, wire::Pubrel{3, ReasonCode::success, {}},
                                 wire::Pubrec{8, ReasonCode::success, {}}, wire::Pubcomp{8, ReasonCode::success, {}}));
    }
}

TEST_CASE("a message of QoS 0 is sent when the network has taken it") {
    Conversation client;
    client.greet();
    client.session.send(5, {"t", "1", Qos::at_most_once}, client.out);
    CHECK(client.listener.told.empty());
    client.session.flushed();
    client.session.flushed();
    CHECK(client.listener.told == Told{"sent 5"});
}

TEST_CASE("a message that a broker refuses is told so, whichever packet says it") {
    Conversation client;
    client.greet();
    client.session.send(5, {"t", "1", Qos::at_least_once}, client.out);
    client.session.send(6, {"t", "1", Qos::exactly_once}, client.out);
    client.hear(said(Version::v5, wire::Puback{1, ReasonCode::quota_exceeded, {}}, wire::Pubrec{2, ReasonCode::not_authorized, {}}));
    CHECK(client.listener.told == Told{"sent 5 unavailable", "sent 6 denied"});
    // Neither is in flight any more.
    client.hear(said(Version::v5, wire::Puback{1, ReasonCode::success, {}}, wire::Pubcomp{2, ReasonCode::success, {}}));
    CHECK(client.listener.told.size() == 2);
}

TEST_CASE("what cannot be published is refused by itself, and the connection goes on") {
    Conversation client;
    client.greet();
    const auto before = client.out;
    auto properties = std::make_shared<MessageProperties>();
    properties->response_topic = "no/+";
    client.session.send(1, {"a/#", "", Qos::at_least_once}, client.out);
    client.session.send(2, {"", "", Qos::at_least_once}, client.out);
    client.session.send(3, {"\xFF", "", Qos::at_least_once}, client.out);
    client.session.send(4, {"t", "", Qos::at_least_once, false, std::nullopt, properties}, client.out);
    CHECK(client.listener.told == Told{"sent 1 rejected", "sent 2 rejected", "sent 3 rejected", "sent 4 rejected"});
    CHECK(client.out == before);
    CHECK_FALSE(client.session.is_over());
}

TEST_CASE("packet ids go on from one connection to the next, wrap without 0, and leave out those in flight") {
    Conversation client(options_with(Protocol::mqtt5), {65'534, {}});
    client.greet();
    for (const transport::SendId id : {1U, 2U}) client.session.send(id, {"t", "", Qos::at_least_once}, client.out);
    wire::Publish publish = publish_of("t", Qos::at_least_once, 65'535);
    publish.payload = "";
    std::string expected = said(Version::v5, publish);
    publish.packet_id = 1;
    expected += said(Version::v5, publish);
    CHECK(client.out == expected);
    CHECK(client.memory.last_packet_id == 1);
    client.memory.last_packet_id = 65'534;
    client.session.send(3, {"t", "", Qos::at_least_once}, client.out);
    CHECK(client.memory.last_packet_id == 2);
}

TEST_CASE("a message of QoS 2 that comes again before it is released is not told again, nor on the next connection") {
    const std::string message = said(Version::v5, publish_of("b", Qos::exactly_once, 9));
    Conversation first;
    first.greet();
    first.hear(message + message);
    CHECK(first.listener.told == Told{"b:payload"});
    wire::Connack present;
    present.session_present = true;
    const bool is_kept = GENERATE(true, false);
    Conversation next(options_with(Protocol::mqtt5), first.memory);
    next.greet(is_kept ? present : wire::Connack{});
    next.hear(message);
    CHECK(next.listener.told == (is_kept ? Told{} : Told{"b:payload"}));
    CHECK(next.out == said(Version::v5, wire::Pubrec{9, ReasonCode::success, {}}));
    next.hear(said(Version::v5, wire::Pubrel{9, ReasonCode::success, {}}));
    next.hear(message);
    CHECK(next.listener.told.back() == "b:payload");
}

TEST_CASE("each filter is answered for itself, and what 3.1.1 has no words for is not asked") {
    Conversation client(options_with(Protocol::mqtt311));
    client.greet();
    client.session.subscribe({{"a"}, {"$share/g/b"}, {"c"}}, client.out);
    client.hear(said(Version::v311, wire::Suback{2, {}, {ReasonCode::unspecified_error}}));
    CHECK(client.listener.told.empty());
    client.hear(said(Version::v311, wire::Suback{1, {}, {ReasonCode::granted_qos_1}}));
    CHECK(client.listener.told == Told{"subscribed yes no no"});
    client.session.unsubscribe({"a", "c"}, client.out);
    client.hear(said(Version::v311, wire::Unsuback{3, {}, {}}, wire::Unsuback{4, {}, {}}));
    CHECK(client.listener.told.back() == "unsubscribed yes yes");
}

TEST_CASE("a filter that no packet can carry is refused by itself, and the connection goes on") {
    Conversation client;
    client.greet();
    transport::Subscription shared{"$share/g/a"};
    shared.no_local = true;
    client.session.subscribe({{""}, {std::string(65'536, 'a')}, {"\xFF"}, shared, {"a"}}, client.out);
    client.hear(said(Version::v5, wire::Suback{1, {}, {ReasonCode::granted_qos_1}}));
    CHECK(client.listener.told == Told{"subscribed no no no no yes"});
    client.session.unsubscribe({"", "a"}, client.out);
    client.hear(said(Version::v5, wire::Unsuback{2, {}, {ReasonCode::success}}));
    CHECK(client.listener.told.back() == "unsubscribed no yes");
    CHECK_FALSE(client.session.is_over());
}

TEST_CASE("a refusal is told with its reason and with when and where to come back") {
    Conversation client;
    wire::Connack no;
    no.reason = ReasonCode::server_busy;
    no.properties.server_reference = "elsewhere:8883";
    no.properties.user_properties.emplace_back("retry-after", "30");
    client.hear(said(Version::v5, no));
    CHECK(client.listener.told == Told{"down unavailable the broker refused the connection: server busy (0x89)"});
    REQUIRE(client.listener.ending);
    CHECK(client.listener.ending->retry_after == std::chrono::seconds(30));
    CHECK(client.listener.ending->server_reference == "elsewhere:8883");
}

TEST_CASE("a broker that does not know version 5 is told apart, in whichever words it says so") {
    Conversation client;
    wire::Connack no;
    SECTION("of 5") {
        no.reason = ReasonCode::unsupported_protocol_version;
        client.hear(said(Version::v5, no));
    }
    SECTION("of 3.1.1") {
        client.hear(bytes_of({0x20, 2, 0, 1}));
    }
    REQUIRE(client.listener.told.size() == 2);
    CHECK(client.listener.told[0] == "version");
    CHECK(client.listener.told[1].find("down rejected") == 0);
}

TEST_CASE("a goodbye is told with what the broker adds to it, and nothing after it is heard") {
    Conversation client;
    client.greet();
    wire::Disconnect goodbye{ReasonCode::use_another_server, {}};
    goodbye.properties.server_reference = "elsewhere";
    client.hear(said(Version::v5, goodbye, publish_of("a", Qos::at_most_once)));
    CHECK(client.listener.told == Told{"down unavailable the broker ended the connection: use another server (0x9C)"});
    CHECK(client.listener.ending->server_reference == "elsewhere");
    client.session.send(1, {"t", "", Qos::at_least_once}, client.out);
    client.session.close(client.out);
    CHECK(client.out.empty());
    CHECK(client.listener.told.size() == 1);
}

TEST_CASE("whatever is no broker's MQTT ends the connection, and says why") {
    const std::string aliased = [] {
        auto publish = publish_of("a", Qos::at_most_once);
        publish.properties.topic_alias = 1;
        return said(Version::v5, publish);
    }();
    const std::string bytes = GENERATE_COPY(said(Version::v5, wire::Pingreq{}), said(Version::v5, wire::Connack{}), aliased,
                                            bytes_of({0x30, 0xFF, 0xFF, 0xFF, 0x7F}), bytes_of({0x40, 1, 0}), bytes_of({0xF0, 0}));
    Conversation client;
    client.greet();
    client.hear(bytes);
    REQUIRE(client.listener.told.size() == 1);
    CHECK(client.listener.told.front().find("down rejected the broker breaks the rules of MQTT: ") == 0);

    Conversation stranger;
    stranger.hear("HTTP/1.1 400 Bad Request\r\n\r\n");
    REQUIRE(stranger.listener.told.size() == 1);
    CHECK(stranger.listener.told.front().find("down unreachable what answers there is no MQTT broker: ") == 0);
}

TEST_CASE("as many user properties as a message can have do not end the connection") {
    auto publish = publish_of("a", Qos::at_most_once);
    for (std::size_t i = 0; i < 5'000; ++i) publish.properties.user_properties.emplace_back("k", "v");
    Conversation client;
    client.greet();
    client.hear(said(Version::v5, publish));
    CHECK(client.listener.told == Told{"a:payload"});
}

TEST_CASE("what no CONNECT can carry is said before anything is sent") {
    auto options = options_with(Protocol::mqtt5);
    SECTION("client id") {
        options.client_id = "\xFF";
    }
    SECTION("user name") {
        options.username = std::string(65'536, 'u');
    }
    SECTION("password") {
        options.username = "u";
        options.password = std::string(65'536, 'p');
    }
    SECTION("will") {
        options.will = Message{"a/+", "", Qos::at_least_once};
    }
    Listener listener;
    ClientMemory memory;
    NativeSession session(1, options, listener, memory);
    std::string out;
    const auto connected = session.connect(out);
    REQUIRE_FALSE(connected);
    CHECK(connected.error().code() == Code::invalid_argument);
    CHECK(out.empty());
}

}  // namespace muster::test
