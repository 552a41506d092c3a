// SPDX-License-Identifier: Apache-2.0
// What was sent to a client and is not finished: found by packet id at once, kept in the order of sending.
#pragma once

#include "core/delivery.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace muster::testbroker::core {

/// The exchanges of QoS 1 and QoS 2 with one client (MQTT 5.0, sections 4.3.2 and 4.3.3):
///
///     QoS 1: published -- PUBACK --> gone           QoS 2: published -- PUBREC --> released -- PUBCOMP --> gone
///
/// A new connection begins with all of them unsent, to be sent again in their order. Threads: one.
class InFlight {
public:
    enum class Stage : std::uint8_t { published, released };
    struct Exchange {
        Delivery delivery;  // Without its message once released.
        Stage stage = Stage::published;
        bool uses_quota = false;  // Its PUBLISH was sent on this connection (section 4.9).

        void release() {
            delivery.message.reset();
            delivery.identifiers = {};
            stage = Stage::released;
        }
    };

    /// At most so many at a time, so that half of the table is free and the next free id is never far.
    static constexpr std::size_t max_size = 32'768;

    /// A new exchange, sent now. Requires fewer than `max_size`, and nothing left to send again.
    wire::PacketId add(Delivery delivery);
    /// One of an earlier process, behind those that are there, left to be sent again. Requires that the id is free.
    void restore(wire::PacketId id, Delivery delivery, Stage stage);
    /// Null for an id that is not in flight.
    [[nodiscard]] Exchange* find(wire::PacketId id);
    /// Calls `visit(exchange)` for each in the order of sending.
    template <class Visit>
    void for_each(const Visit& visit) {
        for (wire::PacketId id = first_; id != 0; id = slot(id).next) visit(slot(id).exchange);
    }
    /// Requires that the id is in flight.
    void remove(wire::PacketId id);
    void clear();

    /// The connection is over.
    void restart();
    /// The first exchange that this connection has not sent yet; 0 if there is none.
    [[nodiscard]] wire::PacketId unsent() const { return unsent_; }
    /// `unsent` was sent; a PUBLISH uses the quota, a PUBREL does not.
    void sent_again();

    [[nodiscard]] std::size_t size() const { return size_; }
    /// How much of the client's receive maximum is used.
    [[nodiscard]] std::size_t quota_used() const { return quota_used_; }

private:
    struct Slot {
        Exchange exchange;
        wire::PacketId id = 0;  // 0: free.
        wire::PacketId previous = 0;
        wire::PacketId next = 0;
    };
    static constexpr std::size_t kept_capacity = 4;

    // Two ids in flight never share a slot: `add` passes over an id whose slot is taken.
    [[nodiscard]] Slot& slot(wire::PacketId id) { return slots_[id & (slots_.size() - 1)]; }
    void grow();
    Exchange& link(wire::PacketId id, Exchange exchange);

    std::vector<Slot> slots_;  // Its size is 0 or a power of two.
    std::uint32_t size_ = 0;
    std::uint32_t quota_used_ = 0;
    wire::PacketId first_ = 0;
    wire::PacketId last_ = 0;
    wire::PacketId unsent_ = 0;
    wire::PacketId last_given_ = 0;
};

}  // namespace muster::testbroker::core
