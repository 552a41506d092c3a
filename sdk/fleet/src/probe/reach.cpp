// SPDX-License-Identifier: Apache-2.0
// TCP, and a proxy's CONNECT.
#include "probe/reach.hpp"

#include "base/uri.hpp"
#include "client/http_tunnel.hpp"

#include <optional>
#include <utility>

namespace muster::fleet::probe {
namespace {

using std::chrono::steady_clock;

Result<Channel> open_proxy(const MqttProxy& proxy, Deadline deadline) {
    const auto place = parse_proxy(proxy.url);
    if (!place) return place.error();
    const std::string whose = "the proxy " + proxy.url;
    const auto addresses = resolve(place->host);
    if (!addresses) return Error(addresses.error()).in(whose);
    std::optional<Error> failure;
    for (const auto& address : *addresses) {
        auto channel = Channel::open(address, place->port, deadline);
        if (channel) return channel;
        failure = channel.error();
    }
    return failure.value_or(Error{Code::unreachable, "its name has no address"}).in(whose);
}

Result<TunnelAnswer> ask_for_tunnel(Channel& channel, const Route& route, Deadline deadline) {
    const auto& [scheme, host, port, path] = route.endpoint;
    const std::string request = fleet::ask_for_tunnel(route.proxy, base::Endpoint{scheme, host, port, path}, route.observer);
    const std::string whose = "the proxy " + route.proxy.url;
    if (auto written = channel.write(request, deadline); !written) return std::move(written).error().in(whose);
    std::string got;
    while (true) {
        auto answer = take_tunnel_answer(got, route.observer);
        if (!answer) return std::move(answer).error().in(route.proxy.url);
        if (*answer) return std::move(**answer);
        auto read = channel.read(deadline);
        if (!read) return std::move(read).error().in(whose);
        got += *read;
    }
}

}  // namespace

Result<Channel> reach(const Route& route, Deadline deadline) {
    if (route.proxy.url.empty()) return Channel::open(route.address, route.endpoint.port, deadline);
    auto channel = open_proxy(route.proxy, deadline);
    if (!channel) return std::move(channel).error();
    const auto answer = ask_for_tunnel(*channel, route, deadline);
    if (!answer) return answer.error();
    if (!answer->is_open()) return refusal_of(*answer, route.proxy);
    return channel;
}

ProxyAnswer ask_proxy(const Route& route, milliseconds timeout) {
    const auto deadline = steady_clock::now() + timeout;
    ProxyAnswer told;
    auto channel = open_proxy(route.proxy, deadline);
    told.is_there = channel.ok();
    if (!channel) {
        told.failure = channel.error();
        return told;
    }
    auto answer = ask_for_tunnel(*channel, route, deadline);
    if (!answer) {
        told.failure = answer.error();
        return told;
    }
    told.status = answer->status;
    told.reason = std::move(answer->reason);
    return told;
}

Result<milliseconds> dial(const Route& route, milliseconds timeout) {
    const auto begin = steady_clock::now();
    if (auto channel = reach(route, begin + timeout); !channel) return std::move(channel).error();
    return std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin);
}

}  // namespace muster::fleet::probe
