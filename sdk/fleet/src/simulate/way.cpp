// SPDX-License-Identifier: Apache-2.0
// Names made addresses.
#include "simulate/way.hpp"

#include "base/files.hpp"
#include "client/http_tunnel.hpp"
#include "load/resolve.hpp"

#include <optional>
#include <string>
#include <utility>

namespace muster::fleet {
namespace {

// Through a proxy all nodes have one address: names are the proxy's to look up.
Result<std::optional<SocketAddress>> address_of_proxy(const SimulationPlan& plan) {
    if (plan.proxy.url.empty()) return std::optional<SocketAddress>();
    const auto place = parse_proxy(plan.proxy.url);
    if (!place) return place.error();
    const auto address = resolve(place->host, place->port);
    if (!address) return Error{address.error().code(), address.error().message(), "check --proxy"};
    return std::optional<SocketAddress>(*address);
}

}  // namespace

Result<std::vector<SimulatedNode>> nodes_of(const SimulationPlan& plan) {
    const auto proxy = address_of_proxy(plan);
    if (!proxy) return proxy.error();
    std::vector<SimulatedNode> nodes;
    for (const auto& url : plan.endpoints) {
        auto endpoint = base::parse_endpoint(url);
        if (!endpoint) return std::move(endpoint).error();
        const auto address = *proxy ? Result<SocketAddress>(**proxy) : resolve(endpoint->host, endpoint->port);
        if (!address) return address.error();
        nodes.push_back({std::move(*endpoint), *address});
    }
    return nodes;
}

Result<MqttProxy> proxy_of(const SimulationPlan& plan) {
    MqttProxy proxy{plan.proxy.url, plan.proxy.username, {}};
    if (plan.proxy.password_file.empty()) return proxy;
    auto password = base::load_secret_file(plan.proxy.password_file);
    if (!password) return std::move(password).error().in("the proxy's password");
    proxy.password = password->substr(0, password->find_first_of("\r\n"));
    return proxy;
}

Result<ProxyConfig> device_proxy_of(const SimulationPlan& plan) {
    if (plan.proxy.url.empty()) return ProxyConfig{};
    const auto place = parse_proxy(plan.proxy.url);
    if (!place) return place.error();
    ProxyConfig proxy = plan.proxy;
    const bool is_ipv6 = place->host.find(':') != std::string::npos;
    proxy.url = "http://" + (is_ipv6 ? "[" + place->host + "]" : place->host) + ":" + std::to_string(place->port);
    return proxy;
}

}  // namespace muster::fleet
