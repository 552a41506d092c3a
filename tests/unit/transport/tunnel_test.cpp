// SPDX-License-Identifier: Apache-2.0
// The way through an HTTP proxy: what it is asked, and what it may answer.
#include "transport/tunnel.hpp"

#include "base/descriptor.hpp"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <thread>

using namespace muster;
using muster::base::Descriptor;
using transport::Place;
using transport::Route;
using transport::route_through;

namespace {

const Place broker{"broker.example", 8883};

/// Both ends of a connection to a proxy.
struct Wire {
    Descriptor ours;
    Descriptor proxy;
    Descriptor stop{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};

    Wire() {
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
        ours.reset(ends[0]);
        proxy.reset(ends[1]);
        REQUIRE(::fcntl(ours.get(), F_SETFL, O_NONBLOCK) == 0);
    }
    /// Also from another thread than the test's, where Catch must not be asked.
    void say(std::string_view text) const {
        MUSTER_REQUIRE(::send(proxy.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
    }
    [[nodiscard]] static std::string heard(const Descriptor& socket) {
        std::array<char, 4'096> text{};
        const auto got = ::recv(socket.get(), text.data(), text.size(), MSG_DONTWAIT);
        return {text.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
    }
    [[nodiscard]] Result<void> open(const Route& route) const { return transport::open_tunnel(ours.get(), stop.get(), route); }
};

Route route(const std::string& proxy = "proxy.example:3128") {
    auto parsed = route_through(proxy, broker);
    REQUIRE(parsed);
    return std::move(parsed).value();
}

}  // namespace

TEST_CASE("a proxy is a host, and may have a port, and a user with a password") {
    struct Row {
        const char* proxy;
        const char* host;
        std::uint16_t port;
        const char* credentials;
    };
    const Row row = GENERATE(values<Row>({
        {"proxy.example:3128", "proxy.example", 3128, ""},
        {"proxy.example", "proxy.example", 8080, ""},
        {"[::1]:3128", "::1", 3128, ""},
        {"[::1]", "::1", 8080, ""},
        {"jo:secret@10.0.0.1:1", "10.0.0.1", 1, "jo:secret"},
        {"%6A%6f%40plant:p%25%3A%@h:2", "h", 2, "jo@plant:p%:%"},
        {"jo:a@b@h:2", "h", 2, "jo:a@b"},
    }));
    CAPTURE(row.proxy);
    const auto parsed = route(row.proxy);
    CHECK(parsed.next.host == row.host);
    CHECK(parsed.next.port == row.port);
    CHECK(parsed.tunnel->credentials == row.credentials);
    CHECK(parsed.tunnel->to.host == broker.host);
}

TEST_CASE("what is no proxy is refused, without its password") {
    const std::string place = GENERATE("", ":3128", "h:", "h:0", "h:65536", "h:31x", "[::1", "[::1]3128", "[]:1", "::1");
    CAPTURE(place);
    const auto parsed = route_through("jo:secret@" + place, broker);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code() == Code::invalid_argument);
    CHECK(parsed.error().message() == "the proxy \"" + place + "\" is not a host and a port");
}

TEST_CASE("a tunnel is asked for by name, and what comes behind the answer stays for the client") {
    const Wire wire;
    wire.say("HTTP/1.1 200 Connection established\r\nVia: proxy\r\n\r\nhello");
    SECTION("by nobody in particular") {
        REQUIRE(wire.open(route()));
        CHECK(Wire::heard(wire.proxy) == "CONNECT broker.example:8883 HTTP/1.1\r\nHost: broker.example:8883\r\n\r\n");
    }
    SECTION("by a user") {
        REQUIRE(wire.open(route("jo:secret@proxy.example")));
        CHECK(Wire::heard(wire.proxy) ==
              "CONNECT broker.example:8883 HTTP/1.1\r\nHost: broker.example:8883\r\nProxy-Authorization: Basic am86c2VjcmV0\r\n\r\n");
    }
    SECTION("to an IPv6 address") {
        REQUIRE(wire.open(*route_through("proxy.example", {"::1", 1883})));
        CHECK(Wire::heard(wire.proxy) == "CONNECT [::1]:1883 HTTP/1.1\r\nHost: [::1]:1883\r\n\r\n");
    }
    CHECK(Wire::heard(wire.ours) == "hello");
}

TEST_CASE("an answer may come in pieces") {
    const Wire wire;
    wire.say("HTTP/1.0 2");
    std::thread proxy([&] {
        pollfd readable{wire.proxy.get(), POLLIN, 0};
        ::poll(&readable, 1, 10'000);
        wire.say("00\r\n\r");
        wire.say("\n");
    });
    CHECK(wire.open(route()));
    proxy.join();
}

TEST_CASE("a proxy that opens no tunnel is told in its own words") {
    Wire wire;
    struct Row {
        std::string says;
        std::string message;
    };
    const Row row = GENERATE(values<Row>({
        {"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "answers 407 Proxy Authentication Required"},
        {"HTTP/1.1 502 \x1B[2J\r\n\r\n", "answers 502 ?[2J"},
        {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "does not speak HTTP"},
        {"HTTP/1.1\r\n\r\n", "does not speak HTTP"},
        {"HTTP/1.1 2", "has ended the connection"},
        {"", "has ended the connection"},
        {std::string(16 << 10, 'x'), "answers more than a proxy would"},
    }));
    if (!row.says.empty()) wire.say(row.says);
    ::shutdown(wire.proxy.get(), SHUT_WR);
    const auto opened = wire.open(route());
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code() == Code::unreachable);
    CHECK(opened.error().message() == "the proxy proxy.example:3128 " + row.message);
    CHECK_THAT(opened.error().hint(), Catch::Contains("proxy"));
}

TEST_CASE("a proxy that takes no request, or is silent until the stop, opens none") {
    Wire wire;
    SECTION("gone") {
        wire.proxy.reset();
        const auto opened = wire.open(route());
        REQUIRE_FALSE(opened);
        CHECK(opened.error().message() == "the proxy proxy.example:3128 takes no request");
    }
    SECTION("silent") {
        REQUIRE(::eventfd_write(wire.stop.get(), 1) == 0);
        const auto opened = wire.open(route());
        REQUIRE_FALSE(opened);
        CHECK(opened.error().code() == Code::stopped);
    }
}
