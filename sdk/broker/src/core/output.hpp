// SPDX-License-Identifier: Apache-2.0
// Where the core's packets go: the network, or a test that reads them.
#pragma once

#include "wire/packets.hpp"
#include "wire/plain_publish.hpp"

#include <cstddef>
#include <cstdint>

namespace muster::testbroker::core {

/// Names a connection for as long as it lives; never used twice.
using ConnectionId = std::uint64_t;

/// Threads: the core's.
class Output {
public:
    virtual ~Output() = default;
    virtual void send(ConnectionId connection, wire::Version version, const wire::Packet& packet) = 0;
    virtual void send(ConnectionId connection, wire::Version version, const wire::Publish& packet) = 0;
    /// The same for the packets that come by the thousand.
    virtual void send_plain(ConnectionId connection, wire::Version version, const wire::PlainPublish& packet);
    virtual void send_puback(ConnectionId connection, wire::Version version, wire::PacketId packet_id, wire::ReasonCode reason);
    /// Closes after what was sent before has been written. The core knows nothing of the connection any more.
    virtual void close(ConnectionId connection) = 0;
    /// Whether so much is unwritten that more should wait; `BrokerCore::writable` says when that is over.
    [[nodiscard]] virtual bool is_congested(ConnectionId connection) const = 0;
};

}  // namespace muster::testbroker::core
