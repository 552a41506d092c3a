// SPDX-License-Identifier: Apache-2.0
// What one device was given, and what really became of it.
#include "ledger.hpp"

#include <algorithm>

namespace muster::test {
namespace {

// The outbox counts whole milliseconds, and time to live in seconds.
constexpr std::chrono::seconds clock_step{1};

}  // namespace

Ticket Ledger::offer(std::size_t topic, Durability durability, std::chrono::seconds time_to_live) {
    Entry offered;
    offered.topic = static_cast<std::uint32_t>(topic);
    offered.durability = durability;
    offered.powered = powered_;
    if (time_to_live.count() > 0) offered.expires = world_.now() + time_to_live;
    entries_.push_back(offered);
    return entries_.size();
}

void Ledger::accepted(Ticket ticket) {
    auto& it = entry(ticket);
    it.is_accepted = true;
    ++accepted_in_life_;
    require(it.durability == Durability::memory || it.is_stored, Promise::accounting, "something durable was accepted that is not stored");
}

void Ledger::removed(Ticket ticket, store::Removal why) {
    auto& it = entry(ticket);
    it.is_stored = false;
    if (why == store::Removal::delivered) {
        require(it.acknowledged_in == life_, Promise::accounting, "something left the disk as delivered that was not acknowledged");
        return;
    }
    const bool may_expire = it.expires != SteadyTime() && world_.now() + clock_step >= it.expires;
    require(why != store::Removal::expired || may_expire, Promise::expiry, "something was given up before it expired");
    it.is_gone = true;
    ++durable_drops_in_life_;
}

// How long a device without power was away it cannot know.
void Ledger::handed_out(Ticket ticket) const {
    const auto& it = entries_[ticket - 1];
    const bool has_expired = it.expires != SteadyTime() && world_.now() > it.expires + clock_step;
    require(!has_expired || it.powered != powered_, Promise::expiry, "something is to be sent that has expired");
}

void Ledger::sent(Ticket ticket) {
    const auto& it = entry(ticket);
    require(it.is_accepted, Promise::accounting, "something was sent that was not accepted");
    require(it.acknowledged_in != life_, Promise::resend, "something was sent again that was acknowledged");
    require(it.refused_in != life_, Promise::resend, "something was sent again that was refused for good");
}

void Ledger::sent_as(Ticket ticket, const base::Uuid& message_id) {
    require(ids_.emplace(std::pair(message_id.high, message_id.low), ticket).first->second == ticket, Promise::message_id,
            "two messages have the same id");
    require(id_of_.emplace(ticket, message_id.low).first->second == message_id.low, Promise::message_id,
            "a message has another id than before");
}

void Ledger::answered(Ticket ticket, bool is_acknowledged, bool is_refused) {
    auto& it = entry(ticket);
    if (is_acknowledged && it.acknowledged_in != life_) {
        it.acknowledged_in = life_;
        ++acknowledged_in_life_;
    }
    if (is_refused) it.refused_in = life_;
}

void Ledger::settled(Ticket ticket) {
    auto& it = entry(ticket);
    require(it.acknowledged_in == life_, Promise::accounting, "something was let go that was not acknowledged");
    require(it.settled_in != life_, Promise::accounting, "something was let go twice");
    it.settled_in = life_;
}

void Ledger::rejected(Ticket ticket, bool is_too_large) {
    auto& it = entry(ticket);
    require(it.refused_in == life_ || is_too_large, Promise::accounting, "something was dropped that nobody refused for good");
    it.refused_in = life_;
    // Others go on, and the process may end before the disk knows: the next life sends it again, perhaps to a broker that takes it.
    it.has_lost_its_place = true;
}

void Ledger::not_rejected(Ticket ticket) {
    entry(ticket).refused_in = 0;
}

bool Ledger::received(Ticket ticket) {
    auto& it = entry(ticket);
    if (it.is_received) {
        ++duplicates_;
        return false;
    }
    it.is_received = true;
    ++received_;
    auto& highest = highest_received_[it.topic];
    if (ticket > highest) {
        highest = ticket;
        return true;
    }
    // What has expired and could not be removed was passed over; a loss of power may have made it young again.
    const bool has_expired = it.expires != SteadyTime() && world_.now() >= it.expires;
    if (it.has_lost_its_place || has_expired) return true;
    const auto& allowed = may_overtake_[ticket];
    for (auto later = ticket + 1; later <= highest; ++later) {
        const auto& other = entry(later);
        require(other.topic != it.topic || !other.is_received || allowed.count(later) != 0, Promise::order,
                "a first delivery is out of its topic's order");
    }
    return true;
}

void Ledger::begin_life(const OutboxCounts& counts, const std::set<Ticket>& survivors) {
    ++life_;
    first_of_life_ = entries_.size() + 1;
    base_ = counts;
    accepted_in_life_ = 0;
    acknowledged_in_life_ = 0;
    durable_drops_in_life_ = 0;
    require(counts.waiting == survivors.size(), Promise::accounting, "an outbox was opened that does not hold what its disk holds");
}

void Ledger::crashed(const std::set<Ticket>& survivors, bool has_lost_power) {
    if (has_lost_power) ++powered_;
    for (Ticket ticket = 1; ticket <= entries_.size(); ++ticket) {
        auto& it = entry(ticket);
        if (it.durability == Durability::memory) {
            it.is_gone = true;  // In this life or an earlier one.
            continue;
        }
        const bool survives = survivors.count(ticket) != 0;
        const bool may_be_lost = has_lost_power && it.durability == Durability::process;
        require(survives || !it.is_accepted || !it.is_stored || may_be_lost, Promise::accounting,
                "something accepted did not survive what its durability promises");
        if (it.is_stored && !survives) it.is_gone = true;
        if (survives) {
            it.has_lost_its_place |= it.is_gone || !it.is_accepted;
            it.is_gone = false;
            it.is_accepted = true;
        }
        it.is_stored = survives;
    }
}

void Ledger::closed(const OutboxCounts& counts) {
    require(counts.waiting == counts.accepted - counts.delivered - given_up(counts), Promise::accounting,
            "the books of a closed outbox do not balance");
    check_memory(counts);
    for (auto ticket = first_of_life_; ticket <= entries_.size(); ++ticket) {
        if (entry(ticket).durability == Durability::memory) entry(ticket).is_gone = true;
    }
}

// Which of those in memory were dropped the outbox does not say; how many, it does.
void Ledger::check_memory(const OutboxCounts& counts) {
    std::uint64_t missing = 0;
    for (auto ticket = first_of_life_; ticket <= entries_.size(); ++ticket) {
        const auto& it = entry(ticket);
        if (it.is_accepted && it.durability == Durability::memory && !it.is_received) ++missing;
    }
    require(missing <= given_up(counts) - given_up(base_) - durable_drops_in_life_, Promise::accounting,
            "more is missing of what waited in memory than was dropped");
}

void Ledger::check(const OutboxCounts& counts) {
    require(counts.accepted == counts.delivered + given_up(counts) + counts.waiting, Promise::accounting,
            "accepted is not delivered + dropped + waiting");
    require(counts.accepted == base_.accepted + accepted_in_life_, Promise::accounting, "the outbox has counted other than was accepted");
    require(counts.delivered <= base_.delivered + acknowledged_in_life_, Promise::accounting, "more is delivered than was acknowledged");
    require(counts.waiting <= limits_.max_messages && counts.waiting_bytes <= limits_.max_bytes, Promise::bounds,
            "the outbox holds more than it may");
}

void Ledger::check_drained(const OutboxCounts& counts) {
    check_memory(counts);
    for (const auto& it : entries_) {
        const bool is_durable = it.is_accepted && it.durability != Durability::memory;
        require(!is_durable || it.is_received || it.is_gone, Promise::accounting, "something accepted is lost");
        require(!is_durable || !it.is_stored, Promise::drain, "something is on the disk of a drained outbox");
    }
}

}  // namespace muster::test
