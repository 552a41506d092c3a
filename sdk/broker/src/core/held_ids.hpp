// SPDX-License-Identifier: Apache-2.0
// Which QoS 2 messages of a client were taken and not yet released.
#pragma once

#include "wire/packets.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace muster::testbroker::core {

/// The packet ids that a client may not use for another message yet (MQTT 5.0, section 4.3.3). Kept sorted: ids count up, so that most come
/// at one end and go at the other. Threads: one.
class HeldIds {
public:
    /// False if it is held already: the message is one that was taken before. Either way it counts for this connection now.
    bool hold(wire::PacketId id);
    /// False if it is not held.
    bool release(wire::PacketId id);
    [[nodiscard]] bool holds(wire::PacketId id);
    /// Whether this connection has sent it.
    [[nodiscard]] bool is_of_this_connection(wire::PacketId id);
    /// A new connection begins: none of the client's receive maximum is used (section 3.1.2.11.3).
    void restart();
    /// How many of those that this connection has sent are not released.
    [[nodiscard]] std::size_t of_this_connection() const { return of_this_connection_; }

private:
    struct Held {
        wire::PacketId id;
        bool of_this_connection;
    };
    [[nodiscard]] std::vector<Held>::iterator lower_bound(wire::PacketId id);

    std::vector<Held> held_;
    std::uint32_t of_this_connection_ = 0;
};

}  // namespace muster::testbroker::core
