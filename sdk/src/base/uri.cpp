// SPDX-License-Identifier: Apache-2.0
// Endpoints as people write them.
#include "base/uri.hpp"

#include "base/text.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
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

struct Scheme {
    std::string_view name;
    std::uint16_t port;
};
constexpr std::array<Scheme, 4> schemes{{{"mqtts", 8883}, {"mqtt", 1883}, {"wss", 443}, {"ws", 80}}};
constexpr std::string_view usual_path = "/mqtt";

// Visible ASCII, so that it can neither end the request's line nor add a header to it; a fragment is not sent (RFC 6455, section 3).
bool is_request_target(std::string_view path) {
    return std::all_of(path.begin(), path.end(), [](char c) { return c > ' ' && c <= '~' && c != '#'; });
}

// Takes scheme and path off the text.
Result<void> take_scheme_and_path(std::string_view text, std::string_view& rest, Endpoint& endpoint) {
    const auto* const scheme = std::find_if(schemes.begin(), schemes.end(), [&](const Scheme& known) {
        return text.substr(0, known.name.size()) == known.name && text.substr(known.name.size(), 3) == "://";
    });
    if (scheme == schemes.end()) return bad(text, "it does not begin with mqtts://, mqtt://, wss:// or ws://");
    endpoint.scheme = scheme->name;
    endpoint.port = scheme->port;
    rest = text.substr(scheme->name.size() + 3);
    if (!endpoint.is_websocket()) {
        if (!rest.empty() && rest.back() == '/') rest.remove_suffix(1);
        return {};
    }
    const auto slash = std::min(rest.find('/'), rest.size());
    endpoint.path = rest.size() - slash <= 1 ? usual_path : rest.substr(slash);
    rest = rest.substr(0, slash);
    if (!is_request_target(endpoint.path)) return bad(text, "the path has a character that must be percent-encoded");
    return {};
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

std::string Endpoint::authority() const {
    return (is_ipv6(host) ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string Endpoint::url() const {
    return scheme + "://" + authority() + path;
}

Result<Endpoint> parse_endpoint(std::string_view text) {
    if (text.find('@') != std::string_view::npos) {
        // Not shown: it may hold a password.
        return Error{Code::invalid_argument, "an endpoint has a user name or password in it, where none may stand",
                     "write it as mqtts://HOST:PORT, and the password into a file"};
    }
    Endpoint endpoint;
    std::string_view rest;
    if (auto taken = take_scheme_and_path(text, rest, endpoint); !taken) return std::move(taken).error();

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
