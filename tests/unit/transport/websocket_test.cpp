// SPDX-License-Identifier: Apache-2.0
// A client's WebSocket: what servers answer to its question, and the frames that they may not send.
#include "transport/websocket.hpp"

#include "support/sample_nonce.hpp"
#include "support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <utility>
#include <vector>

namespace muster::test {

using namespace transport;

namespace {

constexpr std::string_view connack("\x20\x03\x00\x00\x00", 5);

std::string frame(unsigned first_byte, std::string_view payload) {
    return std::string{static_cast<char>(first_byte), static_cast<char>(payload.size())} + std::string(payload);
}

/// A client whose key is known, and so what a server says that understands it.
struct Client {
    Client() : websocket(endpoint, random, [this](bool /*is_sent*/, const std::string& line) { told.push_back(line); }) {
        websocket.begin();
        asked = std::exchange(websocket.output(), {});
    }
    static std::string answer() {
        return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept() +
               "\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n";
    }
    static std::string accept() { return std::string(sample_accept); }

    SampleNonce random;
    base::Endpoint endpoint{"ws", "broker.example", 80, "/mqtt"};
    std::vector<std::string> told;
    WebSocketClient websocket;
    std::string asked;
};

std::string without(std::string text, const std::string& part) {
    const auto begin = text.find(part);
    REQUIRE(begin != std::string::npos);
    return text.erase(begin, part.size());
}

std::string changed(std::string text, const std::string& from, const std::string& to) {
    const auto begin = text.find(from);
    REQUIRE(begin != std::string::npos);
    return text.replace(begin, from.size(), to);
}

/// Why the client does not take the frames; empty: it does.
std::string refusal_of_frames(const std::string& frames) {
    WebSocketReader reader;
    SeededRandom random(1);
    std::string bytes;
    std::string out;
    const auto read = reader.read(frames, random, bytes, out);
    return read ? "" : read.error().message();
}

}  // namespace

TEST_CASE("a client asks for WebSocket with the subprotocol mqtt") {
    const Client client;
    CHECK(client.asked.rfind("GET /mqtt HTTP/1.1\r\nHost: broker.example:80\r\n", 0) == 0);
    CHECK(client.asked.find("\r\nSec-WebSocket-Protocol: mqtt\r\n") != std::string::npos);
    CHECK(client.asked.find("\r\nSec-WebSocket-Key: " + std::string(sample_key) + "\r\n") != std::string::npos);
    CHECK_FALSE(client.websocket.is_open());
}

TEST_CASE("an answer and the frames behind it are understood in whatever pieces they come") {
    const std::string all = Client::answer() + frame(0x82, connack);
    for (std::size_t cut = 0; cut <= all.size(); ++cut) {
        Client client;
        std::string bytes;
        REQUIRE(client.websocket.hear(all.substr(0, cut), bytes));
        CHECK(client.websocket.is_open() == (cut >= Client::answer().size()));
        REQUIRE(client.websocket.hear(all.substr(cut), bytes));
        CHECK(client.websocket.is_open());
        CHECK(bytes == connack);
        CHECK(client.told == std::vector<std::string>{"GET /mqtt", "101 Switching Protocols"});
    }
}

TEST_CASE("header names are HTTP's, in any case and with blanks around what they say") {
    Client client;
    std::string answer = changed(Client::answer(), "Sec-WebSocket-Accept: ", "SEC-WEBSOCKET-ACCEPT:\t ");
    answer = changed(answer, "Connection: Upgrade", "connection: keep-alive, UPGRADE");
    answer = changed(answer, "Upgrade: websocket", "Upgrade:WebSocket \t");
    std::string bytes;
    REQUIRE(client.websocket.hear(answer, bytes));
    CHECK(client.websocket.is_open());
}

TEST_CASE("an answer that is not to this question opens nothing") {
    const std::string good = Client::answer();
    std::string swapped = Client::accept();
    for (char& c : swapped) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    const std::string bad =
        GENERATE_COPY(without(good, "Sec-WebSocket-Accept: " + Client::accept() + "\r\n"),
                      changed(good, Client::accept(), "HSmrc0sMlYUkAGmm5OPpG2HaGWk="), changed(good, Client::accept(), swapped),
                      changed(good, Client::accept(), Client::accept() + ", " + Client::accept()),
                      changed(good, "\r\n\r\n", "\r\nSec-WebSocket-Accept: x\r\n\r\n"), changed(good, "Accept: ", "Accept : "),
                      without(good, "Sec-WebSocket-Protocol: mqtt\r\n"), changed(good, "Protocol: mqtt", "Protocol: chat"),
                      changed(good, "Protocol: mqtt", "Protocol: mqttx"), without(good, "Upgrade: websocket\r\n"),
                      changed(good, "Connection: Upgrade", "Connection: close"),
                      changed(good, "\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"));
    CAPTURE(bad);
    Client client;
    std::string bytes;
    const auto heard = client.websocket.hear(bad + frame(0x82, connack), bytes);
    REQUIRE_FALSE(heard);
    CHECK(heard.error().code() == Code::rejected);
    CHECK(heard.error().message() == "the server's WebSocket at /mqtt does not speak MQTT");
    CHECK_FALSE(client.websocket.is_open());
    CHECK(bytes.empty());
}

TEST_CASE("a server that says no is told with its words") {
    const auto [line, code] =
        GENERATE(std::pair<const char*, Code>{"403 Forbidden", Code::denied}, std::pair{"401 Who", Code::denied},
                 std::pair{"404 Not Found", Code::rejected}, std::pair{"503 Busy", Code::unavailable}, std::pair{"200 OK", Code::rejected},
                 std::pair{"426 Upgrade Required", Code::rejected}, std::pair{"100 Continue", Code::rejected});
    Client client;
    std::string bytes;
    const auto heard = client.websocket.hear(changed(Client::answer(), "101 Switching Protocols", line), bytes);
    REQUIRE_FALSE(heard);
    CHECK(heard.error().code() == code);
    CHECK(heard.error().message() == std::string("no WebSocket at /mqtt: the server answers ") + line);
}

TEST_CASE("a client that has not asked takes no answer") {
    Client client;
    client.websocket.reset();
    std::string bytes;
    CHECK_FALSE(client.websocket.hear(without(Client::answer(), "Sec-WebSocket-Accept: " + Client::accept() + "\r\n"), bytes));
    CHECK_FALSE(client.websocket.is_open());
}

TEST_CASE("a client that asks again begins anew") {
    Client client;
    std::string bytes;
    // Within an answer, and then within a fragmented message.
    REQUIRE(client.websocket.hear(Client::answer().substr(0, 40), bytes));
    client.websocket.reset();
    client.websocket.begin();
    REQUIRE(client.websocket.hear(Client::answer() + frame(0x02, connack), bytes));
    client.websocket.reset();
    client.websocket.begin();
    REQUIRE(client.websocket.hear(Client::answer() + frame(0x82, connack), bytes));
    CHECK(bytes == std::string(connack) + std::string(connack));
}

TEST_CASE("a ping is answered with its own bytes, masked") {
    Client client;
    std::string bytes;
    REQUIRE(client.websocket.hear(Client::answer() + frame(0x89, "are you there"), bytes));
    CHECK(bytes.empty());
    const std::string pong = client.websocket.output();
    REQUIRE(pong.size() == 2 + 4 + 13);
    CHECK(pong.substr(0, 2) == "\x8A\x8D");
    CHECK(pong.substr(6) != "are you there");
    std::string said = pong.substr(6);
    for (std::size_t i = 0; i < said.size(); ++i) said[i] = static_cast<char>(said[i] ^ pong[2 + i % 4]);
    CHECK(said == "are you there");
}

TEST_CASE("a message's fragments are put together, with a ping between them") {
    WebSocketReader reader;
    SeededRandom random(1);
    std::string bytes;
    std::string out;
    const std::string frames =
        frame(0x02, "ab") + frame(0x89, "") + frame(0x00, "") + frame(0x00, "c") + frame(0x80, "d") + frame(0x82, "e");
    const auto read = reader.read(frames, random, bytes, out);
    REQUIRE(read);
    CHECK(*read == frames.size());
    CHECK(bytes == "abcde");
    CHECK(out.size() == 6);
}

TEST_CASE("what a frame carries is handed on as it comes") {
    WebSocketReader reader;
    SeededRandom random(1);
    std::string bytes;
    std::string out;
    // The head of 200 MiB, and a little of it.
    const std::string head("\x82\x7F\x00\x00\x00\x00\x0C\x80\x00\x00", 10);
    CHECK(*reader.read(head + "abc", random, bytes, out) == 13);
    CHECK(*reader.read("def", random, bytes, out) == 3);
    CHECK(bytes == "abcdef");
}

TEST_CASE("frames that no server may send are refused") {
    CHECK(refusal_of_frames(frame(0x82, "a") + frame(0x80, "b")) == "the server goes on with a WebSocket message that it has not begun");
    CHECK(refusal_of_frames(frame(0x00, "b")) == "the server goes on with a WebSocket message that it has not begun");
    CHECK(refusal_of_frames(frame(0x02, "a") + frame(0x82, "b")) == "the server begins a WebSocket message within another one");
    CHECK(refusal_of_frames(frame(0x02, "a") + frame(0x89, "") + frame(0x02, "b")) ==
          "the server begins a WebSocket message within another one");
    CHECK(refusal_of_frames(frame(0x81, "text")) == "the server sent text over WebSocket");
    CHECK(refusal_of_frames(frame(0x83, "")) == "the server sent a WebSocket frame of no known kind");
    CHECK(refusal_of_frames(frame(0xC2, "")) == "the server sent a WebSocket frame of no known kind");
    CHECK(refusal_of_frames(frame(0x09, "")) == "the server sent a WebSocket control frame that is too long");
    CHECK(refusal_of_frames(std::string("\x89\x7E\x00\x80", 4)) == "the server sent a WebSocket control frame that is too long");
    CHECK(refusal_of_frames(std::string("\x82\x81\0\0\0\0a", 7)) == "the server's WebSocket frames are masked");
    CHECK(refusal_of_frames("\x82\x7F" + std::string(8, '\xFF')) == "the server's WebSocket frame is larger than an MQTT packet");
    CHECK(refusal_of_frames(frame(0x88, "\x03\xE8")) == "the server closed the WebSocket (1000)");
}

TEST_CASE("frames are masked byte by byte, whatever their size") {
    for (const std::size_t size : {0U, 1U, 7U, 8U, 9U, 125U, 126U, 1'000U, 65'535U, 65'536U}) {
        std::string bytes(size, '\0');
        for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31);
        std::string out;
        append_websocket_frame(bytes, 0x11223344U, out);
        const std::size_t head = 2 + (size < 126 ? 0U : size <= 0xFFFF ? 2U : 8U);
        REQUIRE(out.size() == head + 4 + size);
        CHECK(out.substr(head, 4) == "\x11\x22\x33\x44");
        for (std::size_t i = 0; i < size; ++i) out[head + 4 + i] = static_cast<char>(out[head + 4 + i] ^ out[head + i % 4]);
        CHECK(out.substr(head + 4) == bytes);
    }
}

}  // namespace muster::test
