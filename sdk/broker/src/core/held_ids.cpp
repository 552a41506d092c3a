// SPDX-License-Identifier: Apache-2.0
// Packet ids in a sorted vector.
#include "core/held_ids.hpp"

#include <algorithm>

namespace muster::testbroker::core {

std::vector<HeldIds::Held>::iterator HeldIds::lower_bound(wire::PacketId id) {
    return std::lower_bound(held_.begin(), held_.end(), id, [](const Held& one, wire::PacketId sought) { return one.id < sought; });
}

bool HeldIds::hold(wire::PacketId id) {
    auto place = lower_bound(id);
    const bool is_new = place == held_.end() || place->id != id;
    if (is_new) place = held_.insert(place, {id, false});
    if (!place->of_this_connection) ++of_this_connection_;
    place->of_this_connection = true;
    return is_new;
}

bool HeldIds::release(wire::PacketId id) {
    const auto place = lower_bound(id);
    if (place == held_.end() || place->id != id) return false;
    if (place->of_this_connection) --of_this_connection_;
    held_.erase(place);
    if (held_.empty()) held_ = {};
    return true;
}

bool HeldIds::holds(wire::PacketId id) {
    const auto place = lower_bound(id);
    return place != held_.end() && place->id == id;
}

bool HeldIds::is_of_this_connection(wire::PacketId id) {
    const auto place = lower_bound(id);
    return holds(id) && place->of_this_connection;
}

void HeldIds::restart() {
    for (Held& one : held_) one.of_this_connection = false;
    of_this_connection_ = 0;
}

}  // namespace muster::testbroker::core
