// SPDX-License-Identifier: Apache-2.0
// A bench's client speaks MQTT: bytes and times in, bytes and happenings out.
#include "bench/session.hpp"
#include "wire/decode.hpp"
#include "wire/encode.hpp"

#include <catch2/catch.hpp>

#include <vector>

namespace muster::test {

using namespace fleet;
using namespace std::chrono_literals;
using base::SteadyTime;

namespace {

/// One client and the broker's side of its conversation.
class Conversation final : private SessionEvents {
public:
    explicit Conversation(wire::Version version = wire::Version::v5, Qos qos = Qos::at_least_once, const std::string& filter = "",
                          BenchGreeting greeting = {}) {
        plan.greeting = std::move(greeting);
        plan.run_id = "r";
        plan.version = version;
        plan.qos = qos;
        plan.payload = std::string(40, 'x');
        plan.run = 7;
        session.emplace(plan, SessionNames{"client", "user", "word", "t/1", filter}, 3);
        session->start(now);
        session->opened({now, out, *this});
    }

    void hear(const wire::Packet& packet) {
        std::string bytes;
        wire::encode(packet, plan.version, bytes);
        CHECK(session->read(bytes, {now, out, *this}) == bytes.size());
    }
    std::size_t hear_bytes(std::string_view bytes) { return session->read(bytes, {now, out, *this}); }
    void tick_at(SteadyTime time) {
        now = time;
        session->tick({now, out, *this});
    }
    void publish() { session->publish(now - 1ms, now, out); }

    /// What it has written since last asked.
    std::vector<wire::Packet> said() {
        said_ = std::exchange(out, "");
        std::vector<wire::Packet> packets;
        for (std::string_view rest = said_; !rest.empty();) {
            const auto next = wire::next_frame(rest, rest.size());
            REQUIRE(std::holds_alternative<wire::Frame>(next));
            const auto decoded = wire::decode(std::get<wire::Frame>(next), plan.version);
            REQUIRE(std::holds_alternative<wire::Packet>(decoded));
            packets.push_back(std::get<wire::Packet>(decoded));
            rest.remove_prefix(std::get<wire::Frame>(next).total_size);
        }
        return packets;
    }
    template <class Packet>
    Packet only_said() {
        const auto packets = said();
        REQUIRE(packets.size() == 1);
        REQUIRE(std::holds_alternative<Packet>(packets.front()));
        return std::get<Packet>(packets.front());
    }

    SessionPlan plan;
    std::optional<ClientSession> session;
    SteadyTime now{100s};
    std::string out;
    int times_ready = 0;
    std::vector<std::string> payloads;
    std::vector<std::pair<std::uint64_t, bool>> acknowledgements;
    std::optional<Error> end;

private:
    void ready() override { ++times_ready; }
    void received(std::string_view payload) override { payloads.emplace_back(payload); }
    void acknowledged(std::uint64_t sequence, bool is_refused) override { acknowledgements.emplace_back(sequence, is_refused); }
    void ended(Error why) override { end = std::move(why); }

    std::string said_;
};

wire::Connack connack(wire::ReasonCode reason = wire::ReasonCode::success) {
    wire::Connack packet;
    packet.reason = reason;
    return packet;
}

template <class Packet>
Packet answer(wire::PacketId packet_id, wire::ReasonCode reason = wire::ReasonCode::success) {
    Packet packet;
    packet.packet_id = packet_id;
    packet.reason = reason;
    return packet;
}

}  // namespace

TEST_CASE("a client introduces itself, and is ready when it is let in") {
    Conversation talk(GENERATE(wire::Version::v311, wire::Version::v5));
    const auto connect = talk.only_said<wire::Connect>();
    CHECK(connect.version == talk.plan.version);
    CHECK(connect.client_id == "client");
    CHECK(connect.username == "user");
    CHECK(connect.password == "word");
    CHECK(connect.keep_alive == 60);
    CHECK(connect.clean_start);
    CHECK_FALSE(talk.session->may_publish());
    talk.hear(connack());
    CHECK(talk.times_ready == 1);
    CHECK(talk.session->may_publish());
}

TEST_CASE("a subscriber is ready once its subscription is") {
    Conversation talk(wire::Version::v5, Qos::at_least_once, "f/+");
    talk.said();
    talk.hear(connack());
    CHECK(talk.times_ready == 0);
    const auto subscribe = talk.only_said<wire::Subscribe>();
    REQUIRE(subscribe.requests.size() == 1);
    CHECK(subscribe.requests[0].filter == "f/+");
    CHECK(subscribe.requests[0].qos == Qos::at_least_once);
    wire::Suback suback;
    suback.packet_id = subscribe.packet_id;
    SECTION("granted") {
        suback.reasons = {wire::ReasonCode::granted_qos_1};
        talk.hear(suback);
        CHECK(talk.times_ready == 1);
    }
    SECTION("refused") {
        suback.reasons = {wire::ReasonCode::not_authorized};
        talk.hear(suback);
        REQUIRE(talk.end);
        CHECK(talk.end->code() == Code::denied);
        CHECK(talk.end->message() == "the broker said SUBACK for 'f/+' 0x87 (not authorized)");
    }
}

TEST_CASE("a refused CONNECT ends with the broker's reason") {
    SECTION("MQTT 5") {
        Conversation talk;
        talk.hear(connack(wire::ReasonCode::server_busy));
        REQUIRE(talk.end);
        CHECK(talk.end->code() == Code::unavailable);
    }
    SECTION("MQTT 3.1.1") {
        Conversation talk(wire::Version::v311);
        talk.hear_bytes({"\x20\x02\x00\x05", 4});
        REQUIRE(talk.end);
        CHECK(talk.end->code() == Code::denied);
        CHECK(talk.end->message() == "the broker said CONNACK return code 5 (not authorized)");
    }
}

TEST_CASE("what is published is numbered, stamped and acknowledged by number") {
    Conversation talk;
    talk.hear(connack());
    talk.said();
    talk.publish();
    const auto first = talk.only_said<wire::Publish>();
    CHECK(first.topic == "t/1");
    CHECK(first.qos == Qos::at_least_once);
    CHECK(first.packet_id == 1);
    CHECK(first.payload.size() == 40);
    const auto stamp = read_bench_stamp(first.payload);
    REQUIRE(stamp);
    CHECK(stamp->run == 7);
    CHECK(stamp->publisher == 3);
    CHECK(stamp->sequence == 0);
    CHECK(stamp->intended == talk.now - 1ms);
    talk.publish();
    CHECK(talk.only_said<wire::Publish>().packet_id == 2);
    talk.hear(answer<wire::Puback>(2));
    talk.hear(answer<wire::Puback>(2));
    talk.hear(answer<wire::Puback>(1, wire::ReasonCode::quota_exceeded));
    CHECK(talk.acknowledgements == std::vector<std::pair<std::uint64_t, bool>>{{1, false}, {0, true}});
}

TEST_CASE("QoS 2 takes four packets, and a refusing PUBREC ends it early") {
    Conversation talk(wire::Version::v5, Qos::exactly_once);
    talk.hear(connack());
    talk.publish();
    talk.publish();
    talk.said();
    talk.hear(answer<wire::Pubrec>(1));
    CHECK(talk.only_said<wire::Pubrel>().packet_id == 1);
    CHECK(talk.acknowledgements.empty());
    talk.hear(answer<wire::Pubcomp>(1));
    talk.hear(answer<wire::Pubrec>(2, wire::ReasonCode::not_authorized));
    CHECK(talk.out.empty());
    CHECK(talk.acknowledgements == std::vector<std::pair<std::uint64_t, bool>>{{0, false}, {1, true}});
}

TEST_CASE("messages are acknowledged as their quality asks") {
    Conversation talk;
    talk.hear(connack());
    talk.said();
    wire::Publish publish;
    publish.topic = "t";
    publish.payload = "hello";
    talk.hear(publish);
    CHECK(talk.out.empty());
    publish.qos = Qos::at_least_once;
    publish.packet_id = 9;
    publish.properties.content_type = "text/plain";
    talk.hear(publish);
    CHECK(talk.only_said<wire::Puback>().packet_id == 9);
    publish.qos = Qos::exactly_once;
    talk.hear(publish);
    CHECK(talk.only_said<wire::Pubrec>().packet_id == 9);
    talk.hear(answer<wire::Pubrel>(9));
    CHECK(talk.only_said<wire::Pubcomp>().packet_id == 9);
    CHECK(talk.payloads == std::vector<std::string>{"hello", "hello", "hello"});
}

TEST_CASE("no more messages are in flight than the broker takes") {
    Conversation talk;
    auto greeting = connack();
    greeting.properties.receive_maximum = 2;
    talk.hear(greeting);
    talk.publish();
    talk.publish();
    CHECK_FALSE(talk.session->may_publish());
    talk.hear(answer<wire::Puback>(1));
    CHECK(talk.session->may_publish());
}

TEST_CASE("a broker with too little for the plan is told at once") {
    Conversation talk;
    auto greeting = connack();
    SECTION("quality of service") {
        greeting.properties.maximum_qos = 0;
        talk.hear(greeting);
        REQUIRE(talk.end);
        CHECK(talk.end->message() == "the broker's highest QoS is 0");
    }
    SECTION("packet size") {
        greeting.properties.maximum_packet_size = 20;
        talk.hear(greeting);
        REQUIRE(talk.end);
        CHECK(talk.end->code() == Code::too_large);
    }
}

TEST_CASE("a silent client pings, and a silent broker is lost") {
    Conversation talk;
    talk.hear(connack());
    talk.said();
    CHECK(talk.session->deadline() == talk.now + 60s);
    talk.tick_at(talk.now + 59s);
    CHECK(talk.out.empty());
    talk.publish();
    talk.said();
    talk.tick_at(talk.session->deadline());
    talk.only_said<wire::Pingreq>();
    SECTION("answered") {
        talk.hear(wire::Pingresp{});
        CHECK(talk.session->deadline() == talk.now + 60s);
        CHECK_FALSE(talk.end);
    }
    SECTION("not answered") {
        talk.tick_at(talk.session->deadline());
        REQUIRE(talk.end);
        CHECK(talk.end->code() == Code::timeout);
    }
}

TEST_CASE("the broker's keep alive counts, and 0 means none") {
    Conversation talk;
    auto greeting = connack();
    greeting.properties.server_keep_alive = GENERATE(std::uint16_t{0}, std::uint16_t{5});
    talk.hear(greeting);
    const bool none = greeting.properties.server_keep_alive == 0;
    CHECK(talk.session->deadline() == (none ? SteadyTime::max() : talk.now + 5s));
}

TEST_CASE("a broker that does not greet in time is given up") {
    Conversation talk;
    CHECK(talk.session->deadline() == talk.now + 10s);
    talk.tick_at(talk.now + 10s);
    REQUIRE(talk.end);
    CHECK(talk.end->code() == Code::timeout);
    CHECK(talk.session->state() == ClientSession::State::idle);
}

TEST_CASE("what answers a CONNECT and is no CONNACK is no broker's") {
    Conversation talk;
    SECTION("no MQTT") {
        talk.hear_bytes({"\x20\x05\x00\x00\x00\x00\x00", 7});
    }
    SECTION("nothing like it") {
        talk.hear_bytes("SSH-2.0-OpenSSH_9.2\r\n");
    }
    SECTION("another packet") {
        talk.hear(wire::Pingresp{});
    }
    REQUIRE(talk.end);
    CHECK(talk.end->code() == Code::unreachable);
    CHECK(talk.times_ready == 0);
}

TEST_CASE("a broker that knows an older version says so in its words") {
    Conversation talk;
    talk.hear_bytes({"\x20\x02\x00\x01", 4});
    REQUIRE(talk.end);
    CHECK(talk.end->code() == Code::rejected);
    CHECK(talk.end->message() == "the broker said CONNACK return code 1 (unsupported protocol version)");
}

TEST_CASE("what is not MQTT, or not a server's, ends the connection") {
    Conversation talk;
    talk.hear(connack());
    SECTION("no MQTT") {
        talk.hear_bytes({"\xB0\x03\x00\x00\x00", 5});
    }
    SECTION("a second CONNACK") {
        talk.hear(connack());
    }
    SECTION("a client's packet") {
        talk.hear(wire::Pingreq{});
    }
    SECTION("an acknowledgement of nothing") {
        talk.hear_bytes({"\x40\x00", 2});
    }
    REQUIRE(talk.end);
    CHECK(talk.end->code() == Code::rejected);
}

TEST_CASE("a DISCONNECT is told with its reason, and the numbering goes on afterwards") {
    Conversation talk;
    talk.hear(connack());
    talk.publish();
    talk.said();
    wire::Disconnect goodbye;
    goodbye.reason = wire::ReasonCode::session_taken_over;
    talk.hear(goodbye);
    REQUIRE(talk.end);
    CHECK(talk.end->code() == Code::taken_over);
    CHECK(talk.end->message() == "the broker said DISCONNECT 0x8E (session taken over)");
    CHECK(talk.session->next_sequence() == 1);
}

TEST_CASE("a packet in pieces is handled when it is whole") {
    Conversation talk;
    std::string bytes;
    wire::encode(wire::Packet(connack()), wire::Version::v5, bytes);
    std::size_t from = 0;
    for (std::size_t size = 1; size <= bytes.size(); ++size) from += talk.hear_bytes(std::string_view(bytes).substr(from, size - from));
    CHECK(talk.times_ready == 1);
    CHECK(talk.session->state() == ClientSession::State::ready);
}

TEST_CASE("what all clients say is said with each one's number, and a packet's number stays where it belongs") {
    BenchGreeting greeting;
    greeting.clean_start = false;
    greeting.connect.session_expiry_interval = 60;
    greeting.publish.content_type = "text/plain";
    greeting.will.emplace();
    greeting.will->topic = "wills/%r/%i";
    greeting.will->payload = "%i is gone";
    greeting.will->retain = true;
    Conversation talk(wire::Version::v5, Qos::at_least_once, "", greeting);
    const auto connect = talk.only_said<wire::Connect>();
    CHECK_FALSE(connect.clean_start);
    CHECK(connect.properties.session_expiry_interval == 60U);
    REQUIRE(connect.will);
    CHECK(connect.will->topic == "wills/r/3");
    CHECK(connect.will->payload == "3 is gone");
    CHECK(connect.will->retain);
    talk.hear(wire::Connack{});
    for (wire::PacketId number = 1; number <= 2; ++number) {
        talk.publish();
        const auto publish = talk.only_said<wire::Publish>();
        CHECK(publish.packet_id == number);
        CHECK(publish.properties.content_type == "text/plain");
        CHECK(publish.topic == "t/1");
    }
}

}  // namespace muster::test
