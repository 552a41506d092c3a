// SPDX-License-Identifier: Apache-2.0
// The accounts of a store: what came, what left and why, what waits.
#include "store/record_store.hpp"

#include <algorithm>

namespace muster::store {

std::uint64_t& Accounts::of(Removal why) {
    switch (why) {
        case Removal::delivered:
            return delivered;
        case Removal::overflow:
            return overflow;
        case Removal::rejected:
            return rejected;
        case Removal::corrupt:
            return corrupt;
        case Removal::stopped:
            return stopped;
        case Removal::expired:
            return expired;
        case Removal::superseded:
            return superseded;
        case Removal::purged:
            return purged;
        case Removal::quarantined:
            break;
    }
    return quarantined;
}

std::uint64_t Accounts::gone() const {
    return delivered + overflow + rejected + corrupt + stopped + expired + superseded + purged + quarantined;
}

void Accounts::left(Priority priority, std::uint64_t bytes, Removal why) {
    Waiting& in_class = classes[static_cast<std::size_t>(priority)];
    --waiting;
    --in_class.messages;
    // A damaged row may claim another size than it had.
    waiting_bytes -= std::min(bytes, waiting_bytes);
    in_class.bytes -= std::min(bytes, in_class.bytes);
    ++of(why);
}

void Accounts::add_gone(const Accounts& closed) {
    accepted += closed.accepted;
    for (const auto why : removals) of(why) += closed.of(why);
}

}  // namespace muster::store
