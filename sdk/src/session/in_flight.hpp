// SPDX-License-Identifier: Apache-2.0
// The records between the outbox and the broker: fetched, sent, acknowledged.
#pragma once

#include "outbox/outbox.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <vector>

namespace muster::session {

/// Keeps the window and knows which records a lost connection leaves in doubt.
///
///     outbox -- add --> ready -- take_ready, mark_sent --> in flight -- answered --> (settle --> take_settled) --> outbox
///
/// Threads: one.
class InFlight {
public:
    /// A record with so many strikes is sent alone; 0: none is.
    explicit InFlight(unsigned alone_from = 0) : alone_from_(alone_from) {}
    /// A new connection takes `window` messages at once, at least 1.
    void begin_connection(std::size_t window) { window_ = window; }
    void add(std::vector<outbox::Record> fetched);
    /// The next record to send; none if nothing is ready, the window is full, or one must be alone.
    std::optional<outbox::Record> take_ready();
    void mark_sent(outbox::RecordId id);
    /// The broker answered: false if it was not in flight.
    bool answered(outbox::RecordId id);
    /// The broker has it.
    void settle(outbox::RecordId id) { settled_.push_back(id); }
    /// What was settled since the last call.
    std::vector<outbox::RecordId> take_settled();
    /// What is ready goes back to the outbox.
    std::vector<outbox::RecordId> take_back_ready();
    /// Nothing is ready or in flight any more; what was in flight may have arrived: it is returned.
    std::vector<outbox::RecordId> lose_connection();

    [[nodiscard]] std::size_t window() const { return window_; }
    [[nodiscard]] bool has_ready() const { return !ready_.empty(); }
    /// Whether the next one is to be sent alone.
    [[nodiscard]] bool has_suspect_next() const { return alone_from_ != 0 && has_ready() && ready_.front().strikes >= alone_from_; }
    [[nodiscard]] bool has_sent() const { return !sent_.empty(); }
    [[nodiscard]] std::size_t sent() const { return sent_.size(); }
    /// Whether nothing is ready or in flight.
    [[nodiscard]] bool is_empty() const { return ready_.empty() && sent_.empty(); }
    /// Records sent again after a lost connection.
    [[nodiscard]] std::uint64_t redelivered() const { return redelivered_; }

private:
    unsigned alone_from_;
    std::optional<outbox::RecordId> suspect_;  // Handed out last, to be sent alone.
    std::optional<outbox::RecordId> alone_;    // Sent alone and not answered.
    std::size_t window_ = 0;
    std::deque<outbox::Record> ready_;            // Fetched, not yet sent.
    std::set<outbox::RecordId> sent_;             // Sent, not yet answered.
    std::set<outbox::RecordId> maybe_delivered_;  // Sent on an earlier connection and never answered: sending one again may duplicate it.
    std::vector<outbox::RecordId> settled_;
    std::uint64_t redelivered_ = 0;
};

}  // namespace muster::session
