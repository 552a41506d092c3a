// SPDX-License-Identifier: Apache-2.0
// Endpoints as people write them, right and wrong.
#include "base/uri.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace muster::base {
namespace {

TEST_CASE("an endpoint is a scheme, a host and a port with a usual value") {
    struct Row {
        const char* text;
        const char* scheme;
        const char* host;
        int port;
        const char* url;
    };
    const Row rows[] = {
        {"mqtts://broker.example", "mqtts", "broker.example", 8883, "mqtts://broker.example:8883"},
        {"mqtt://localhost", "mqtt", "localhost", 1883, "mqtt://localhost:1883"},
        {"mqtts://10.0.0.7:1", "mqtts", "10.0.0.7", 1, "mqtts://10.0.0.7:1"},
        {"mqtts://host:65535/", "mqtts", "host", 65535, "mqtts://host:65535"},
        {"mqtts://[::1]:9883", "mqtts", "::1", 9883, "mqtts://[::1]:9883"},
        {"mqtts://[2001:db8::7]", "mqtts", "2001:db8::7", 8883, "mqtts://[2001:db8::7]:8883"},
        {"wss://host", "wss", "host", 443, "wss://host:443/mqtt"},
        {"wss://host:8443/", "wss", "host", 8443, "wss://host:8443/mqtt"},
        {"wss://host/fleet/mqtt?x=y:z", "wss", "host", 443, "wss://host:443/fleet/mqtt?x=y:z"},
        {"ws://localhost", "ws", "localhost", 80, "ws://localhost:80/mqtt"},
        {"ws://[::1]:8080/a/", "ws", "::1", 8080, "ws://[::1]:8080/a/"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        const auto endpoint = parse_endpoint(row.text);
        REQUIRE(endpoint);
        CHECK(endpoint->scheme == row.scheme);
        CHECK(endpoint->host == row.host);
        CHECK(endpoint->port == row.port);
        CHECK(endpoint->url() == row.url);
        CHECK(endpoint->is_tls() == (endpoint->scheme == "mqtts" || endpoint->scheme == "wss"));
        CHECK(endpoint->is_websocket() == !endpoint->path.empty());
    }
}

TEST_CASE("what is no endpoint is refused by name and reason") {
    const std::pair<const char*, const char*> rows[] = {
        {"", "does not begin with"},
        {"broker.example:8883", "does not begin with"},
        {"http://host", "does not begin with"},
        {"MQTTS://host", "does not begin with"},
        {"mqtts://", "host is missing"},
        {"mqtts://:8883", "host is missing"},
        {"mqtts://host:", "port is not a number"},
        {"mqtts://[::1]:", "port is not a number"},
        {"mqtts://host:0", "port is not a number"},
        {"mqtts://host:65536", "port is not a number"},
        {"mqtts://host:-1", "port is not a number"},
        {"mqtts://host:+1", "port is not a number"},
        {"mqtts://host: 1", "port is not a number"},
        {"mqtts://host:0x10", "port is not a number"},
        {"mqtts://host:8883/path", "port is not a number"},
        {"mqtts://host/path", "no host name has"},
        {"wss://", "host is missing"},
        {"wss:///mqtt", "host is missing"},
        {"wss://host:0/mqtt", "port is not a number"},
        {"wss://host/a b", "percent-encoded"},
        {"wss://host/a\r\nX: y", "percent-encoded"},
        {"wss://host/a#b", "percent-encoded"},
        {"wss://host/\xC3\xA4", "percent-encoded"},
        {"wss:/host", "does not begin with"},
        {"mqtts://ho st", "no host name has"},
        {"mqtts://host\n", "no host name has"},
        {"mqtts://[::1", "not closed"},
        {"mqtts://[::1]8883", "only a port may follow"},
        {"mqtts://[]", "no IPv6 address"},
        {"mqtts://[host]", "no IPv6 address"},
        {"mqtts://[:::::]", "no IPv6 address"},
    };
    for (const auto& [text, reason] : rows) {
        CAPTURE(text);
        const auto endpoint = parse_endpoint(text);
        REQUIRE_FALSE(endpoint);
        CHECK(endpoint.error().code() == Code::invalid_argument);
        CHECK_THAT(endpoint.error().message(), Catch::Contains(reason));
        CHECK(endpoint.error().message().find('\n') == std::string::npos);
        CHECK_FALSE(endpoint.error().hint().empty());
    }
}

TEST_CASE("a password in an endpoint is refused without being shown") {
    const auto endpoint = parse_endpoint("mqtts://press-01:hunter2@broker.example");
    REQUIRE_FALSE(endpoint);
    CHECK(endpoint.error().code() == Code::invalid_argument);
    CHECK(endpoint.error().message().find("hunter2") == std::string::npos);
    CHECK(endpoint.error().hint().find("hunter2") == std::string::npos);
}

TEST_CASE("only this machine is loopback, not a name that looks like it") {
    const auto is_loopback = [](const char* host) { return Endpoint{"mqtt", host, 1883}.is_loopback(); };
    for (const char* host : {"localhost", "127.0.0.1", "127.255.255.254", "::1", "0:0:0:0:0:0:0:1"}) CHECK(is_loopback(host));
    for (const char* host : {"127.example.com", "127.0.0.1.example.com", "127.", "localhost.example", "128.0.0.1", "0.0.0.0", "::", "::2",
                             "::ffff:10.0.0.1", ""})
        CHECK_FALSE(is_loopback(host));
}

}  // namespace
}  // namespace muster::base
