// SPDX-License-Identifier: Apache-2.0
// Scheme, port and path put where they are missing.
#include "messages/host_url.hpp"

#include <algorithm>

namespace muster::cli {
namespace {

constexpr std::uint16_t tls_port = 8883;

bool is_bare_ipv6(const std::string& host) {
    return host.front() != '[' && std::count(host.begin(), host.end(), ':') > 1;
}

bool has_port(const std::string& place) {
    const auto bracket = place.rfind(']');
    return place.find(':', bracket == std::string::npos ? 0 : bracket) != std::string::npos;
}

}  // namespace

std::string url_of_host(const std::string& host, const HostDefaults& defaults) {
    if (host.empty()) return host;
    const auto scheme_end = host.find("://");
    const bool is_tls = defaults.is_tls || defaults.port == tls_port;
    const std::string scheme = scheme_end == std::string::npos ? (is_tls ? "mqtts" : "mqtt") : host.substr(0, scheme_end);
    const std::string rest = scheme_end == std::string::npos ? host : host.substr(scheme_end + 3);
    const bool is_websocket = scheme == "ws" || scheme == "wss";
    const auto slash = std::min(rest.find('/'), rest.size());
    std::string place = rest.substr(0, slash);
    std::string path = rest.substr(slash);
    if (!place.empty() && is_bare_ipv6(place)) place = "[" + place + "]";
    if (defaults.port != 0 && !has_port(place)) place += ":" + std::to_string(defaults.port);
    if (is_websocket && path.size() <= 1 && !defaults.path.empty()) path = (defaults.path.front() == '/' ? "" : "/") + defaults.path;
    return scheme + "://" + place + path;
}

}  // namespace muster::cli
