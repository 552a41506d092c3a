// SPDX-License-Identifier: Apache-2.0
// One MQTT connection: bytes in, packets to the core; packets out, gathered and written once a turn.
#pragma once

#include "core/output.hpp"
#include "net/tls.hpp"
#include "tenancy/admission.hpp"
#include "wire/decode.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace muster::testbroker::net {

/// What a connection tells its shard. Threads: the io thread.
class ConnectionEvents {
public:
    virtual ~ConnectionEvents() = default;
    virtual void opened(core::ConnectionId id, tenancy::PeerIdentity peer) = 0;
    virtual void received(core::ConnectionId id, const wire::Packet& packet) = 0;
    virtual void malformed(core::ConnectionId id, const wire::DecodeError& error) = 0;
    virtual void writable(core::ConnectionId id) = 0;
    /// Last; the connection may be destroyed afterwards.
    virtual void lost(core::ConnectionId id) = 0;
    [[nodiscard]] virtual wire::Version version_of(core::ConnectionId id) const = 0;
};

/// Threads: the io thread.
class MqttConnection {
public:
    virtual ~MqttConnection() = default;
    virtual void start() = 0;
    /// The buffer to append packets to; `flush` follows.
    [[nodiscard]] std::string& outgoing() { return outgoing_; }
    /// Writes what is in the buffer at the end of the turn.
    virtual void flush() = 0;
    [[nodiscard]] std::size_t pending_bytes() const { return outgoing_.size() + writing_.size(); }
    /// Closes after everything has been written.
    virtual void close() = 0;
    /// Closes at once, without a goodbye.
    virtual void cut() = 0;

protected:
    std::string outgoing_;
    std::string writing_;
};

[[nodiscard]] std::shared_ptr<MqttConnection> make_tcp_connection(boost::asio::ip::tcp::socket socket, core::ConnectionId id,
                                                                  std::size_t max_packet_size, ConnectionEvents& events);
[[nodiscard]] std::shared_ptr<MqttConnection> make_tls_connection(boost::asio::ip::tcp::socket socket, TlsContext& tls,
                                                                  core::ConnectionId id, std::size_t max_packet_size,
                                                                  ConnectionEvents& events);

}  // namespace muster::testbroker::net
