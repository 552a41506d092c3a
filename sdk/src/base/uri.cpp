// SPDX-License-Identifier: Apache-2.0
// Endpoints as people write them.
#include "base/uri.hpp"

#include <charconv>

namespace muster::base {
namespace {

Error bad(std::string_view text, const char* why) {
    return {Code::invalid_argument, "endpoint '" + std::string(text) + "': " + why, "write it as mqtts://HOST:PORT"};
}

bool is_host_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

}  // namespace

bool Endpoint::is_loopback() const {
    return host == "localhost" || host == "::1" || host.rfind("127.", 0) == 0;
}

std::string Endpoint::url() const {
    const bool is_ipv6 = host.find(':') != std::string::npos;
    return scheme + "://" + (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Endpoint> parse_endpoint(std::string_view text) {
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

    std::string_view port;
    if (!rest.empty() && rest.front() == '[') {
        const auto close = rest.find(']');
        if (close == std::string_view::npos) return bad(text, "the bracket is not closed");
        endpoint.host = rest.substr(1, close - 1);
        if (endpoint.host.find_first_not_of("0123456789abcdefABCDEF:.") != std::string::npos) return bad(text, "that is no IPv6 address");
        rest.remove_prefix(close + 1);
        if (!rest.empty() && rest.front() != ':') return bad(text, "after the bracket only a port may follow");
        port = rest.empty() ? rest : rest.substr(1);
    } else {
        const auto colon = rest.find(':');
        endpoint.host = rest.substr(0, colon);
        for (const char c : endpoint.host) {
            if (!is_host_character(c)) return bad(text, "the host has a character that no host name has");
        }
        port = colon == std::string_view::npos ? std::string_view() : rest.substr(colon + 1);
        if (colon != std::string_view::npos && port.empty()) return bad(text, "the port is missing after the colon");
    }
    if (endpoint.host.empty()) return bad(text, "the host is missing");
    if (!port.empty()) {
        const auto [end, status] = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
        if (status != std::errc() || end != port.data() + port.size() || endpoint.port == 0)
            return bad(text, "the port is not a number from 1 to 65535");
    }
    return endpoint;
}

}  // namespace muster::base
