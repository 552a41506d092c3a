// SPDX-License-Identifier: Apache-2.0
// Which member of a partitioned shared subscription has which devices, and what waits while a device moves.
#pragma once

#include "core/delivery.hpp"
#include "core/subscription_tree.hpp"

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace muster::testbroker::core {

class Session;

/// A member of a shared subscription.
struct SharedMember {
    Session* session = nullptr;
    SubscriptionOptions options;
    std::uint64_t hash = 0;  ///< Of its identity; the same after a restart.
};

/// Devices are hashed to slots and each slot to the member with the highest score for it (rendezvous hashing): who joins takes a fair share
/// from all others, who leaves gives its slots to all others, and nothing else moves.
///
/// A slot whose old owner has unacknowledged messages is handed over: new messages are held until the old owner is done. Then all that
/// is unfinished of one slot, and not held, is with one session. Threads: one.
class Partition {
public:
    using Members = std::list<SharedMember>;

    [[nodiscard]] static DeviceSlot slot_of(std::string_view device);
    [[nodiscard]] static std::uint64_t hash_of(std::string_view identity);

    void add(const SharedMember& member);
    /// `rest` are the others.
    void remove(const SharedMember& member, const Members& rest);
    /// Null without members.
    [[nodiscard]] const SharedMember* owner(DeviceSlot slot) const { return owners_[slot]; }

    /// Holds the slot's messages from now on, until `release`; no effect if they are held already.
    void hand_over(DeviceSlot slot, Session& from);
    [[nodiscard]] bool holds(DeviceSlot slot) const { return handovers_.count(slot) != 0; }
    /// Requires `holds(delivery.slot)`. If the group holds more than `max_held`, the slot's oldest is dropped and returned.
    std::optional<Delivery> hold(Delivery delivery, std::size_t max_held);
    /// Ends the handovers for which `is_over(slot, from)`. Returns what was held, each slot's in its order.
    [[nodiscard]] std::vector<Delivery> release(const std::function<bool(DeviceSlot slot, Session& from)>& is_over);
    [[nodiscard]] bool waits_for(const Session& from) const;

private:
    struct Handover {
        Session* from;
        std::deque<Delivery> held;
    };
    std::array<const SharedMember*, device_slots> owners_{};
    std::map<DeviceSlot, Handover> handovers_;
    std::size_t held_ = 0;
};

}  // namespace muster::testbroker::core
