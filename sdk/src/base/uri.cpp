// SPDX-License-Identifier: Apache-2.0
// Endpoints as people write them.
#include "base/uri.hpp"

#include "base/text.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <charconv>

namespace muster::base {
namespace {

Error bad(std::string_view text, const char* why) {
    return {Code::invalid_argument, "endpoint '" + printable(text) + "': " + why, "write it as mqtts://HOST:PORT"};
}

bool is_ipv6(const std::string& host) {
    in6_addr address{};
    return ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool is_host_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

}  // namespace

bool Endpoint::is_loopback() const {
    if (host == "localhost") return true;
    // Parsed, not compared as text: 127.example.com is a name, and anybody's.
    in_addr v4{};
    if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24U) == 127U;
    in6_addr v6{};
    return ::inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

std::string Endpoint::url() const {
    return scheme + "://" + (is_ipv6(host) ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Endpoint> parse_endpoint(std::string_view text) {
    if (text.find('@') != std::string_view::npos) {
        // Not shown: it may hold a password.
        return Error{Code::invalid_argument, "an endpoint has a user name or password in it, where none may stand",
                     "write it as mqtts://HOST:PORT, and the password into a file"};
    }
    Endpoint endpoint;
    std::string_view rest = text;
    if (rest.substr(0, 8) == "mqtts://") {
        endpoint = {"mqtts", "", 8883};
        rest.remove_prefix(8);
    } else if (rest.substr(0, 7) == "mqtt://") {
        endpoint = {"mqtt", "", 1883};
        rest.remove_prefix(7);
    } else {
        return bad(text, "it does not begin with mqtts:// or mqtt://");
    }
    if (!rest.empty() && rest.back() == '/') rest.remove_suffix(1);

    if (!rest.empty() && rest.front() == '[') {
        const auto close = rest.find(']');
        if (close == std::string_view::npos) return bad(text, "the bracket is not closed");
        endpoint.host = rest.substr(1, close - 1);
        if (!is_ipv6(endpoint.host)) return bad(text, "what stands in brackets is no IPv6 address");
        rest.remove_prefix(close + 1);
        if (!rest.empty() && rest.front() != ':') return bad(text, "after the bracket only a port may follow");
    } else {
        const auto colon = rest.find(':');
        endpoint.host = rest.substr(0, colon);
        for (const char c : endpoint.host) {
            if (!is_host_character(c)) return bad(text, "the host has a character that no host name has");
        }
        rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon);
    }
    const bool has_port = !rest.empty();
    const std::string_view port = has_port ? rest.substr(1) : rest;
    if (endpoint.host.empty()) return bad(text, "the host is missing");
    if (has_port) {
        const auto [end, status] = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
        if (status != std::errc() || end != port.data() + port.size() || endpoint.port == 0)
            return bad(text, "the port is not a number from 1 to 65535");
    }
    return endpoint;
}

}  // namespace muster::base
