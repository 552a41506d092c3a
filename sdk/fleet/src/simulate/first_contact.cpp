// SPDX-License-Identifier: Apache-2.0
// A fleet's first device, ahead of the others.
#include "simulate/groups.hpp"
#include "simulate/light_way.hpp"
#include "simulate/shared_identity.hpp"
#include "simulate/way.hpp"

#include <string_view>
#include <utility>

namespace muster::fleet {
namespace {

MqttTls tls_of(const SimulationPlan& plan) {
    const auto& own = plan.devices.front().directory;
    MqttTls tls;
    tls.ca_file = plan.ca_file;
    tls.identity_dir = own.empty() ? plan.shared_identity : own;
    if (!tls.identity_dir.empty()) tls.key_password.file = plan.key_password_file;
    tls.verify_server = plan.light.verify_server;
    tls.version = plan.light.tls_version;
    tls.ciphers = plan.light.ciphers;
    tls.alpn = plan.light.alpn;
    return tls;
}

Result<MqttConnection> connection_of(const SimulationPlan& plan) {
    const SimulatedIdentity& identity = plan.devices.front();
    const std::vector<AlikeDevices> all = alike_devices(plan);
    const DeviceConfig& config = all.front().config;
    auto proxy = proxy_of(plan);
    if (!proxy) return std::move(proxy).error();
    BenchGreeting greeting = light_greeting_of(config, plan.light);
    MqttConnection connection;
    connection.endpoints = plan.endpoints;
    connection.protocol = config.protocol;
    connection.client_id = identity.client_id;
    if (!identity.username.empty()) {
        auto password = first_line_of(plan.password_file);
        if (!password) return std::move(password).error();
        connection.username = identity.username;
        if (!password->empty()) connection.password = std::move(*password);
    }
    connection.clean_start = greeting.clean_start;
    connection.keep_alive = config.keep_alive;
    connection.properties = std::move(greeting.connect);
    connection.tls = tls_of(plan);
    connection.proxy = std::move(*proxy);
    connection.allow_plaintext = true;
    connection.connect_timeout = config.connect_timeout;
    if (plan.on_packet) connection.observer = [&plan, &identity](const MqttPacket& packet) { plan.on_packet(identity.client_id, packet); };
    return connection;
}

}  // namespace

Result<void> try_broker(const SimulationPlan& plan, int interrupt) {
    if (auto checked = check(plan); !checked) return checked;
    auto connection = connection_of(plan);
    if (!connection) return std::move(connection).error();
    connection->interrupt = interrupt;
    auto client = MqttClient::connect(*connection);
    if (!client) return std::move(client).error().in("device " + connection->client_id);
    (*client)->disconnect(plan.light.disconnect);
    return {};
}

}  // namespace muster::fleet
