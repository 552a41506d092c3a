// SPDX-License-Identifier: Apache-2.0
// An HTTP server's idea of the time.
#include "probe/reach.hpp"
#include "probe/tls_context.hpp"

#include <muster/fleet/probe.hpp>

#include <algorithm>
#include <cctype>
#include <ctime>

namespace muster::fleet::probe {
namespace {

using std::chrono::steady_clock;
using std::chrono::system_clock;

constexpr std::size_t most_header_bytes = 16'384;

struct Place {
    bool is_tls = false;
    std::string authority;  // As the Host header has it.
    Endpoint endpoint;
};

// http and https differ from ws and wss in their names only.
Result<Place> place_of(const std::string& url) {
    const bool is_tls = url.rfind("https://", 0) == 0;
    if (!is_tls && url.rfind("http://", 0) != 0)
        return Error{Code::invalid_argument, "'" + url + "' is no URL of an HTTP server", "write it as https://HOST:PORT"};
    const std::string rest = url.substr(is_tls ? 8 : 7);
    const auto endpoint = parse_endpoint((is_tls ? "wss://" : "ws://") + rest);
    if (!endpoint) return Error{Code::invalid_argument, "'" + url + "' is no URL of an HTTP server", "write it as https://HOST:PORT"};
    return Place{is_tls, rest.substr(0, rest.find('/')), *endpoint};
}

Result<std::string> read_head(Channel& channel, Deadline deadline) {
    std::string head;
    while (head.find("\r\n\r\n") == std::string::npos && head.size() < most_header_bytes) {
        auto read = channel.read(deadline);
        if (!read && head.empty()) return std::move(read).error();
        if (!read) break;
        head += *read;
    }
    return head;
}

Result<system_clock::time_point> date_of(const std::string& head) {
    std::string lower = head;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    constexpr std::size_t name_bytes = 7;
    const auto line = lower.find("\r\ndate:");
    std::tm time{};
    if (head.rfind("HTTP/", 0) != 0) return Error{Code::rejected, "what answers is no HTTP server"};
    if (line == std::string::npos || ::strptime(head.c_str() + line + name_bytes, " %a, %d %b %Y %H:%M:%S GMT", &time) == nullptr)
        return Error{Code::rejected, "its answer has no Date"};
    return system_clock::from_time_t(::timegm(&time));
}

}  // namespace

Result<RemoteTime> ask_time(const std::string& url, milliseconds timeout, const MqttProxy& proxy) {
    const auto place = place_of(url);
    if (!place) return place.error();
    Route route{place->endpoint, {}, proxy};
    if (proxy.url.empty()) {
        const auto addresses = resolve(place->endpoint.host);
        if (!addresses) return addresses.error();
        route.address = addresses->front();
    }
    Tls nobody;
    nobody.verify_server = false;
    const auto tls = TlsContext::make(nobody, place->endpoint.host);
    if (!tls) return tls.error();
    const auto deadline = steady_clock::now() + timeout;
    auto channel = reach(route, deadline);
    if (!channel) return std::move(channel).error();
    if (place->is_tls) {
        auto ssl = (*tls)->begin();
        if (!ssl) return std::move(ssl).error();
        if (auto secured = channel->secure(std::move(*ssl), deadline); !secured) return std::move(secured).error();
    }
    const auto asked = system_clock::now();
    if (auto written = channel->write("HEAD / HTTP/1.1\r\nHost: " + place->authority + "\r\nConnection: close\r\n\r\n", deadline); !written)
        return std::move(written).error();
    const auto head = read_head(*channel, deadline);
    if (!head) return head.error();
    const auto date = date_of(*head);
    if (!date) return date.error();
    return RemoteTime{*date, asked + (system_clock::now() - asked) / 2};
}

}  // namespace muster::fleet::probe
