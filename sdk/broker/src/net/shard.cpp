// SPDX-License-Identifier: Apache-2.0
// One core, its connections and its clock.
#include "net/shard.hpp"

#include "wire/encode.hpp"

#include <utility>
#include <vector>

namespace muster::testbroker::net {
namespace {

constexpr std::chrono::milliseconds tick_every{250};
constexpr std::size_t congested_above_bytes = 256U << 10U;

}  // namespace

Shard::Shard(boost::asio::io_context& io, const core::Limits& limits, tenancy::Admission& admission, const base::Clock& clock)
    : limits_(limits), clock_(clock), timer_(io), core_(limits, admission, *this, clock) {}

void Shard::start() {
    tick();
}

void Shard::stop() {
    timer_.cancel();
}

void Shard::tick() {
    timer_.expires_after(tick_every);
    timer_.async_wait([this](boost::system::error_code error) {
        if (error) return;
        core_.tick(now());
        tick();
    });
}

void Shard::add(boost::asio::ip::tcp::socket socket, TlsContext* tls) {
    const core::ConnectionId id = next_id_++;
    auto connection = tls != nullptr ? make_tls_connection(std::move(socket), *tls, id, limits_.max_packet_size, *this)
                                     : make_tcp_connection(std::move(socket), id, limits_.max_packet_size, *this);
    connections_.emplace(id, connection);
    connection->start();
}

void Shard::cut_all() {
    std::vector<std::shared_ptr<MqttConnection>> all;
    for (const auto& [id, connection] : connections_) all.push_back(connection);
    for (const auto& connection : all) connection->cut();
}

void Shard::shut_down() {
    core_.shut_down(now());
}

MqttConnection* Shard::find(core::ConnectionId id) const {
    const auto found = connections_.find(id);
    return found == connections_.end() ? nullptr : found->second.get();
}

void Shard::send(core::ConnectionId id, wire::Version version, const wire::Packet& packet) {
    if (MqttConnection* connection = find(id)) {
        wire::encode(packet, version, connection->outgoing());
        connection->flush();
    }
}

void Shard::send(core::ConnectionId id, wire::Version version, const wire::Publish& packet) {
    if (MqttConnection* connection = find(id)) {
        wire::encode(packet, version, connection->outgoing());
        connection->flush();
    }
}

void Shard::close(core::ConnectionId id) {
    if (MqttConnection* connection = find(id)) connection->close();
}

bool Shard::is_congested(core::ConnectionId id) const {
    const MqttConnection* connection = find(id);
    return connection != nullptr && connection->pending_bytes() > congested_above_bytes;
}

void Shard::opened(core::ConnectionId id, tenancy::PeerIdentity peer) {
    core_.connection_opened(id, std::move(peer), now());
}

void Shard::received(core::ConnectionId id, const wire::Packet& packet) {
    core_.packet(id, packet, now());
}

void Shard::malformed(core::ConnectionId id, const wire::DecodeError& error) {
    core_.malformed(id, error, now());
}

void Shard::writable(core::ConnectionId id) {
    core_.writable(id, now());
}

void Shard::lost(core::ConnectionId id) {
    connections_.erase(id);
    core_.connection_lost(id, now());
}

}  // namespace muster::testbroker::net
