// SPDX-License-Identifier: Apache-2.0
// One core, its connections and its clock.
#pragma once

#include "base/clock.hpp"
#include "core/broker_core.hpp"
#include "core/output.hpp"
#include "net/mqtt_connection.hpp"
#include "net/tls.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <memory>
#include <unordered_map>

namespace muster::testbroker::net {

/// Threads: the io thread.
class Shard final : private core::Output, private ConnectionEvents {
public:
    Shard(boost::asio::io_context& io, const core::Limits& limits, tenancy::Admission& admission, const base::Clock& clock);
    /// Starts the clock; it keeps the io context busy until `stop`.
    void start();
    void stop();

    /// Takes over an accepted socket; `tls` none: plain.
    void add(boost::asio::ip::tcp::socket socket, TlsContext* tls);
    /// Everybody is gone, without a goodbye.
    void cut_all();
    /// Everybody is told, then gone.
    void shut_down();
    [[nodiscard]] const core::BrokerCore& core() const { return core_; }

private:
    void send(core::ConnectionId id, wire::Version version, const wire::Packet& packet) override;
    void send(core::ConnectionId id, wire::Version version, const wire::Publish& packet) override;
    void close(core::ConnectionId id) override;
    [[nodiscard]] bool is_congested(core::ConnectionId id) const override;

    void opened(core::ConnectionId id, tenancy::PeerIdentity peer) override;
    void received(core::ConnectionId id, const wire::Packet& packet) override;
    void malformed(core::ConnectionId id, const wire::DecodeError& error) override;
    void writable(core::ConnectionId id) override;
    void lost(core::ConnectionId id) override;
    [[nodiscard]] wire::Version version_of(core::ConnectionId id) const override { return core_.version_of(id); }

    void tick();
    [[nodiscard]] base::SteadyTime now() const { return clock_.now(); }
    MqttConnection* find(core::ConnectionId id) const;

    const core::Limits limits_;
    const base::Clock& clock_;
    boost::asio::steady_timer timer_;
    core::BrokerCore core_;
    std::unordered_map<core::ConnectionId, std::shared_ptr<MqttConnection>> connections_;
    core::ConnectionId next_id_ = 1;
};

}  // namespace muster::testbroker::net
