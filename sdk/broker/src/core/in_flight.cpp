// SPDX-License-Identifier: Apache-2.0
// A table by packet id, and a list through it in the order of sending.
#include "core/in_flight.hpp"

#include <utility>

namespace muster::testbroker::core {

void InFlight::grow() {
    std::vector<Slot> larger(slots_.empty() ? kept_capacity : 2 * slots_.size());
    for (Slot& old : slots_) {
        if (old.id != 0) larger[old.id & (larger.size() - 1)] = std::move(old);
    }
    slots_ = std::move(larger);
}

wire::PacketId InFlight::add(Delivery delivery) {
    if (2 * (size_ + std::size_t{1}) > slots_.size()) grow();
    do {
        ++last_given_;
    } while (last_given_ == 0 || slot(last_given_).id != 0);
    link(last_given_, {std::move(delivery), Stage::published, true});
    ++quota_used_;
    return last_given_;
}

InFlight::Exchange& InFlight::link(wire::PacketId id, Exchange exchange) {
    Slot& added = slot(id);
    added.exchange = std::move(exchange);
    added.id = id;
    added.previous = last_;
    added.next = 0;
    if (last_ != 0) slot(last_).next = id;
    if (first_ == 0) first_ = id;
    last_ = id;
    ++size_;
    return added.exchange;
}

// They were in one table before, so that in a large enough one none is in another's place.
void InFlight::restore(wire::PacketId id, Delivery delivery, Stage stage) {
    while (2 * (size_ + std::size_t{1}) > slots_.size() || slot(id).id != 0) grow();
    link(id, {std::move(delivery), stage, false});
    last_given_ = id;
    if (unsent_ == 0) unsent_ = id;
}

InFlight::Exchange* InFlight::find(wire::PacketId id) {
    if (id == 0 || slots_.empty() || slot(id).id != id) return nullptr;
    return &slot(id).exchange;
}

void InFlight::remove(wire::PacketId id) {
    Slot removed = std::exchange(slot(id), Slot{});
    if (removed.exchange.uses_quota) --quota_used_;
    (removed.previous != 0 ? slot(removed.previous).next : first_) = removed.next;
    (removed.next != 0 ? slot(removed.next).previous : last_) = removed.previous;
    if (unsent_ == id) unsent_ = removed.next;
    if (--size_ == 0) clear();
}

void InFlight::clear() {
    if (slots_.size() > kept_capacity || size_ != 0) slots_ = {};
    size_ = quota_used_ = 0;
    first_ = last_ = unsent_ = 0;
}

void InFlight::restart() {
    for (wire::PacketId id = first_; id != 0; id = slot(id).next) slot(id).exchange.uses_quota = false;
    quota_used_ = 0;
    unsent_ = first_;
}

void InFlight::sent_again() {
    Slot& sent = slot(unsent_);
    sent.exchange.uses_quota = sent.exchange.stage == Stage::published;
    if (sent.exchange.uses_quota) ++quota_used_;
    unsent_ = sent.next;
}

}  // namespace muster::testbroker::core
