// SPDX-License-Identifier: Apache-2.0
// What one device was given, and what really became of it: the books beside the outbox's own.
#pragma once

#include "store/record_store.hpp"
#include "world.hpp"

#include <muster/policy.hpp>
#include <muster/status.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace muster::test {

/// Numbers what was published on one device, from 1, over all its lives (from one start of its process to the next).
using Ticket = std::uint64_t;

/// Threads: one.
class Ledger {
public:
    Ledger(World& world, std::size_t device, const OutboxLimits& limits)
        : world_(world), device_(device), limits_(limits), highest_received_(topics) {}

    static constexpr std::size_t topics = 3;

    // The application.
    /// `time_to_live` of 0: for ever.
    [[nodiscard]] Ticket offer(std::size_t topic, Durability durability, std::chrono::seconds time_to_live);
    void accepted(Ticket ticket);
    /// It was refused, or the disk did not say whether it is stored.
    void not_accepted(Ticket ticket) { entry(ticket).is_accepted = false; }
    [[nodiscard]] std::size_t topic_of(Ticket ticket) const { return entries_[ticket - 1].topic; }

    // The disk.
    void stored(Ticket ticket) { entry(ticket).is_stored = true; }
    void removed(Ticket ticket, store::Removal why);

    // The outbox.
    void handed_out(Ticket ticket) const;

    // The session.
    void sent(Ticket ticket);
    void sent_as(Ticket ticket, const base::Uuid& message_id);
    void answered(Ticket ticket, bool is_acknowledged, bool is_refused);
    void settled(Ticket ticket);
    void rejected(Ticket ticket, bool is_too_large);
    /// It stays in the outbox, because the disk failed.
    void not_rejected(Ticket ticket);

    // The broker.
    /// False: it has it already.
    bool received(Ticket ticket);
    /// A busy broker sent `late` back while `other` was on its way, or before the device knew.
    void may_overtake(Ticket late, Ticket other) { may_overtake_[late].insert(other); }

    // Lives.
    /// `survivors` are what the disk holds.
    void begin_life(const OutboxCounts& counts, const std::set<Ticket>& survivors);
    /// The process, or all of the machine, is gone.
    void crashed(const std::set<Ticket>& survivors, bool has_lost_power);
    /// Closed properly: what waited in memory only is dropped and counted.
    void closed(const OutboxCounts& counts);

    void check(const OutboxCounts& counts);
    /// Everything was delivered, or is counted as dropped.
    void check_drained(const OutboxCounts& counts);

    [[nodiscard]] std::uint64_t offered() const { return entries_.size(); }
    [[nodiscard]] std::uint64_t duplicates() const { return duplicates_; }
    [[nodiscard]] std::uint64_t distinct_received() const { return received_; }

private:
    struct Entry {
        std::uint32_t topic = 0;
        std::uint32_t acknowledged_in = 0;  // The life in which; 0: in none.
        std::uint32_t refused_in = 0;
        std::uint32_t settled_in = 0;
        std::uint32_t powered = 0;  // How often power had been lost when it was accepted.
        SteadyTime expires{};       // Never, if that is the beginning of time.
        Durability durability = Durability::memory;
        bool is_accepted = false;
        bool is_stored = false;           // On the disk, as written.
        bool is_received = false;         // By the broker.
        bool is_gone = false;             // Dropped, or lost as its durability allows.
        bool has_lost_its_place = false;  // Dropped, or not accepted because the disk did not say, and there all the same after a crash.
    };

    [[nodiscard]] Entry& entry(Ticket ticket) { return entries_[ticket - 1]; }
    /// How many were let go without being delivered.
    [[nodiscard]] static std::uint64_t given_up(const OutboxCounts& counts) { return counts.dropped() + counts.quarantined; }
    void require(bool holds, Promise promise, const char* words) const { world_.require(holds, promise, device_, words); }
    void check_memory(const OutboxCounts& counts);

    World& world_;
    std::size_t device_;
    OutboxLimits limits_;
    std::vector<Entry> entries_;
    std::vector<Ticket> highest_received_;  // By topic.
    std::map<Ticket, std::set<Ticket>> may_overtake_;
    std::map<std::pair<std::uint64_t, std::uint64_t>, Ticket> ids_;
    std::map<Ticket, std::uint64_t> id_of_;  // Its lower half.
    std::uint32_t life_ = 0;
    std::uint32_t powered_ = 0;  // How often power has been lost.
    Ticket first_of_life_ = 1;
    OutboxCounts base_;  // When this life began.
    std::uint64_t accepted_in_life_ = 0;
    std::uint64_t acknowledged_in_life_ = 0;
    std::uint64_t durable_drops_in_life_ = 0;
    std::uint64_t duplicates_ = 0;
    std::uint64_t received_ = 0;
};

}  // namespace muster::test
