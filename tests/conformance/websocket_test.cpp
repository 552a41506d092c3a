// SPDX-License-Identifier: Apache-2.0
// MQTT over WebSocket (section 6 of both specifications).
#include "conformance/websocket.hpp"

#include "conformance/bench.hpp"
#include "wire/encode.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

constexpr const char* subprotocol = "mqtt";
const std::string two_pings("\xC0\0\xC0\0", 4);
const std::string two_responses("\xD0\0\xD0\0", 4);

testbroker::BrokerConfig with_websocket() {
    testbroker::BrokerConfig config;
    config.ws_port = 0;
    return config;
}

class WebSocketBench : public Bench {
public:
    WebSocketBench() : Bench(with_websocket()) {}

    [[nodiscard]] WebSocket open(std::string_view protocols = subprotocol) {
        const std::string url = broker().addresses().ws_url;  // ws://127.0.0.1:PORT/mqtt
        return WebSocket(static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))), protocols);
    }
};

std::string bytes_of(const wire::Packet& packet, Version version) {
    std::string bytes;
    wire::encode(packet, version, bytes);
    return bytes;
}

// CONNACK's bytes; it has at least the return code.
void expect_connack(WebSocket& client) {
    const std::string head = client.receive_bytes(2);
    CHECK(head[0] == 0x20);
    CHECK(client.receive_bytes(static_cast<unsigned char>(head[1]))[1] == 0);
}

TEST_CASE("packets are sent in binary frames, and a text frame ends the connection", "[3.1.1/MQTT-6.0.0-1][5.0/MQTT-6.0.0-1]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    WebSocketBench bench;
    auto client = bench.open();
    SECTION("before CONNECT") {
        client.send(Opcode::text, "CONNECT");
    }
    SECTION("after it") {
        client.send(Opcode::binary, bytes_of(hello(version), version));
        expect_connack(client);  // In binary frames.
        client.send(Opcode::text, "PINGREQ");
    }
    const auto goodbye = client.receive();
    CHECK(goodbye.opcode == Opcode::close);
    CHECK(goodbye.payload.substr(0, 2) == "\x03\xEB");  // 1003: a type of data that is not taken.
    client.send(Opcode::close, goodbye.payload);
    client.expect_end();
}

TEST_CASE("packets may share a frame, span several and begin anywhere in them", "[3.1.1/MQTT-6.0.0-2][5.0/MQTT-6.0.0-2]") {
    const auto version = GENERATE(Version::v311, Version::v5);
    WebSocketBench bench;
    auto client = bench.open();
    const std::string connect = bytes_of(hello(version), version);
    SECTION("all in one frame") {
        client.send(Opcode::binary, connect + two_pings);
    }
    SECTION("byte by byte") {
        for (const char byte : connect + two_pings) client.send(Opcode::binary, std::string(1, byte));
    }
    SECTION("in the fragments of one message, between which a ping may stand") {
        client.send(Opcode::binary, connect.substr(0, 5), false);
        client.send(Opcode::ping, "");
        CHECK(client.receive().opcode == Opcode::pong);
        client.send(Opcode::continuation, connect.substr(5) + two_pings.substr(0, 3), false);
        client.send(Opcode::continuation, two_pings.substr(3));
    }
    SECTION("with the end of one and the beginning of the next in a frame") {
        client.send(Opcode::binary, connect.substr(0, 5));
        client.send(Opcode::binary, connect.substr(5) + two_pings.substr(0, 1));
        client.send(Opcode::binary, two_pings.substr(1));
    }
    expect_connack(client);
    CHECK(client.receive_bytes(4) == two_responses);
}

TEST_CASE("a client that does not offer the subprotocol mqtt is not let in", "[3.1.1/MQTT-6.0.0-3][5.0/MQTT-6.0.0-3]") {
    WebSocketBench bench;
    const auto* const offered = GENERATE("", "chat", "mqttv3.1", "MQTT");
    CHECK(bench.open(offered).status() == 400);
}

TEST_CASE("the subprotocol that the broker selects is mqtt", "[3.1.1/MQTT-6.0.0-4][5.0/MQTT-6.0.0-4]") {
    WebSocketBench bench;
    const auto* const offered = GENERATE("mqtt", "chat, mqtt", "mqtt, mqttv3.1");
    const auto client = bench.open(offered);
    CHECK(client.status() == 101);
    CHECK(client.protocol() == "mqtt");
}

}  // namespace
}  // namespace muster::test
