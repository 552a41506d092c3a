// SPDX-License-Identifier: Apache-2.0
// What a proxy is asked and what it answers.
#include "client/http_tunnel.hpp"

#include "client/http_stream.hpp"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/socket.h>

#include <vector>

namespace muster::test {

using namespace fleet;
using namespace std::chrono_literals;

namespace {

const base::Endpoint endpoint{"mqtts", "broker.example", 8883};
const MqttProxy proxy{"http://proxy.example:3128", "ann", "pass word"};

/// A proxy that has answered before it is asked, which no client can tell from a quick one: what comes of it, and what it was asked.
struct Outcome {
    std::optional<Error> failure;
    std::string asked;
};

Outcome outcome_of(const std::string& answer) {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0);
    base::Descriptor server(ends[1]);
    ByteStream client{base::Descriptor(ends[0])};
    REQUIRE(::send(server.get(), answer.data(), answer.size(), 0) == static_cast<ssize_t>(answer.size()));
    REQUIRE(::shutdown(server.get(), SHUT_WR) == 0);
    const auto opened = open_tunnel(client, proxy, endpoint, {std::chrono::steady_clock::now() + 10s, -1}, {});
    Outcome outcome;
    if (!opened) outcome.failure = opened.error();
    outcome.asked.resize(1'000);
    outcome.asked.resize(static_cast<std::size_t>(std::max<ssize_t>(::recv(server.get(), outcome.asked.data(), 1'000, 0), 0)));
    return outcome;
}

}  // namespace

TEST_CASE("a proxy is asked for the endpoint, with a password that nobody is told of") {
    std::vector<MqttPacket> told;
    const std::string asked = ask_for_tunnel(proxy, endpoint, [&](const MqttPacket& note) { told.push_back(note); });
    CHECK(asked ==
          "CONNECT broker.example:8883 HTTP/1.1\r\nHost: broker.example:8883\r\n"
          "Proxy-Authorization: Basic YW5uOnBhc3Mgd29yZA==\r\n\r\n");
    REQUIRE(told.size() == 1);
    REQUIRE(told[0].fields.size() == 2);
    CHECK(told[0].fields[0].value == "CONNECT broker.example:8883");
    CHECK(told[0].fields[1].value == mqtt_hidden);
    CHECK(ask_for_tunnel({"http://p", "", ""}, endpoint, {}).find("Authorization") == std::string::npos);
}

TEST_CASE("a proxy's answer is the same in whatever pieces it comes") {
    const std::string answer = "HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic\r\n\r\nbody";
    for (std::size_t cut = 0; cut <= answer.size(); ++cut) {
        std::string got = answer.substr(0, cut);
        auto taken = take_tunnel_answer(got, {});
        REQUIRE(taken);
        const bool was_whole = taken->has_value();
        CHECK(was_whole == (cut >= answer.size() - 4));
        got += answer.substr(cut);
        if (!was_whole) taken = take_tunnel_answer(got, {});
        REQUIRE(taken);
        REQUIRE(*taken);
        CHECK((*taken)->status == 407);
        CHECK((*taken)->reason == "407 Who are you");
        CHECK_FALSE((*taken)->is_open());
        CHECK(got == "body");
    }
}

TEST_CASE("a tunnel is open after an answer of 2xx, and after no other") {
    CHECK_FALSE(outcome_of("HTTP/1.1 200 Connection established\r\n\r\n").failure);
    CHECK_FALSE(outcome_of("HTTP/1.0 299\r\nContent-Length: 0\r\n\r\n").failure);
    for (const char* const status : {"100", "101", "199", "300", "302", "400", "404", "500", "502", "999"}) {
        const auto outcome = outcome_of(std::string("HTTP/1.1 ") + status + " words\r\n\r\n");
        REQUIRE(outcome.failure);
        CHECK(outcome.failure->code() == Code::unreachable);
        CHECK(outcome.failure->message() == "the proxy http://proxy.example:3128 answers " + std::string(status) + " words");
    }
    for (const char* const status : {"401", "403", "407"}) {
        const auto outcome = outcome_of(std::string("HTTP/1.1 ") + status + "\r\nContent-Length: 4\r\n\r\nbody");
        REQUIRE(outcome.failure);
        CHECK(outcome.failure->code() == Code::denied);
    }
}

TEST_CASE("a proxy that hangs up, or is none, is told") {
    CHECK(outcome_of("").failure->message() == "the server closed the connection");
    CHECK(outcome_of("HTTP/1.1 200 OK\r\n").failure->message() == "the server closed the connection");
    CHECK(outcome_of("SSH-2.0-x\r\n").failure->message() == "proxy: the answer is not HTTP");
    CHECK(outcome_of("HTTP/1.1 200 OK\n\n").failure->message() == "proxy: the answer is not HTTP: its lines end with LF alone");
}

TEST_CASE("what a proxy says behind its answer is not taken for the server's") {
    const auto outcome = outcome_of("HTTP/1.1 200 OK\r\n\r\n\x20\x02");
    REQUIRE(outcome.failure);
    CHECK(outcome.failure->code() == Code::unreachable);
    CHECK(outcome.failure->message() == "the proxy http://proxy.example:3128 says more than its answer");
}

}  // namespace muster::test
