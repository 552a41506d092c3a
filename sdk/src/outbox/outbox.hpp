// SPDX-License-Identifier: Apache-2.0
// The queue between the application's time and the network's: order, bounds, overflow, expiry and accounts.
#pragma once

#include "base/age_clock.hpp"
#include "base/message_view.hpp"
#include "outbox/drain_schedule.hpp"
#include "outbox/outbox_time.hpp"
#include "store/memory_store.hpp"
#include "store/record_store.hpp"

#include <muster/policy.hpp>
#include <muster/result.hpp>
#include <muster/status.hpp>

#include <array>
#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <vector>

namespace muster::outbox {

using store::NewRecord;
using store::Record;
using store::RecordId;

/// A message that somebody waits to see accepted.
struct Offer {
    base::MessageView message;
    const PublishOptions& options;
    Result<RecordId> outcome = RecordId{0};
};

/// Accepts messages, hands them out class by class in their order, and lets go of each only when it is settled.
///
///     accept --> waiting -- take --> in flight -- settle / reject --> gone, counted
///                 |   ^                  |
///                 |   +----- release ----+
///                 +-- expired, superseded, given up for a newer one --> gone, counted
///
/// At any time accepted = delivered + dropped + waiting; "in flight" is part of waiting, and leaves by settle or reject only. Memory does
/// not grow with what waits on disk: only ids in flight are kept. What is delivered and cannot be removed, because the disk fails, stays in
/// flight and is tried again.
/// Threads: one at a time; the device guards it.
class Outbox {
public:
    /// Opens the file, or keeps everything in memory if `path` is empty. `clock` is the machine's if there is none. Fails as
    /// store::SqliteStore::open does.
    static Result<std::unique_ptr<Outbox>> open(const std::filesystem::path& path, const OutboxLimits& limits,
                                                std::unique_ptr<base::AgeClock> clock = nullptr);

    /// Stores the message as its options ask and returns its id. Fails, having stored nothing, with Code::full, Code::too_large (more than
    /// the outbox may ever hold), Code::invalid_argument (a durability that needs a file, a key or time to live out of range),
    /// Code::no_space, Code::io.
    Result<RecordId> accept(const base::MessageView& message, const PublishOptions& options);

    /// The same for a message of the plainest kind, once others with its options were accepted, for a fraction of the time. Returns 0,
    /// having stored nothing, if it must go the way of the others, because it is large or may not fit.
    RecordId accept_plain(const base::PlainMessage& message);

    /// The same for messages that several threads publish at once: each has its own outcome, in one transaction where that can be, with
    /// `delivered`, as `settle` has them, whose outcome is returned.
    Result<void> accept(const std::vector<Offer*>& offers, const std::vector<RecordId>& delivered);

    /// The next records that are not in flight, at most `max`, the most urgent class first, each class in its order; they are in flight
    /// from now on. What has expired is dropped on the way. Fails as the store does, and when what is delivered cannot be removed and
    /// either is much or is all there is.
    Result<std::vector<Record>> take(std::size_t max) { return take(max, {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}); }
    /// The same, of each class no more than there is room for.
    Result<std::vector<Record>> take(std::size_t max, PerClass room);

    /// The broker has them: removes them, all that are on disk in one transaction.
    Result<void> settle(const std::vector<RecordId>& delivered);
    /// The broker refuses it for good.
    Result<void> reject(RecordId id);
    /// It cannot be sent, and would hold up the others: set aside with the reason.
    Result<void> quarantine(RecordId id, const std::string& reason);
    /// What is set aside and kept: the newest 64 and 1 MiB of each store; those of Durability::memory until the process ends.
    Result<std::vector<QuarantinedMessage>> quarantined();
    /// Back to waiting, at their old places.
    void release(const std::vector<RecordId>& ids);
    /// All that are in flight, after a lost connection; returns how many those were.
    std::size_t release_all();
    /// The same, when those sent and not answered may be what ended the connection: each has one strike more, also in the file, and what
    /// has its last one is set aside.
    /// Its last strike only counts for what travelled in one packet; `packets` says how many they were.
    Result<std::size_t> release_all(const std::vector<RecordId>& unanswered, std::size_t packets);
    Result<std::size_t> release_all(const std::vector<RecordId>& unanswered) { return release_all(unanswered, unanswered.size()); }
    /// Drops what has expired and is not in flight, a bounded number in one call. To be called now and then, also without a connection.
    Result<void> expire();

    [[nodiscard]] OutboxCounts counts() const;
    /// By class: what waits, what is in flight included, and what was accepted since it was opened.
    [[nodiscard]] PerClass waiting_of() const;
    [[nodiscard]] const PerClass& accepted_of() const { return accepted_of_; }

    /// Ends it: what waited in memory only is counted as dropped. Nothing else may be called afterwards but `counts`.
    Result<void> close();

private:
    struct InFlight {
        Durability durability;
        Priority priority;
        bool is_delivered = false;  // And could not be removed yet.
    };
    /// How many plain messages of one class fit, at least: what leaves makes them more, and whatever else comes ends it.
    struct Allowance {
        Priority priority = Priority::normal;
        std::uint64_t messages = 0;
    };
    class Victims;
    class Room;
    /// Offers that fit together, and their records.
    struct Group {
        std::vector<Offer*> offers;
        std::vector<NewRecord> records;
        store::Waiting sum;
    };

    Outbox(std::unique_ptr<store::RecordStore> durable, const OutboxLimits& limits, std::unique_ptr<base::AgeClock> clock);
    [[nodiscard]] store::RecordStore& store_for(Durability durability);
    store::Age now();
    NewRecord next_record(const base::MessageView& message, const PublishOptions& options);
    Result<RecordId> accept_alone(const NewRecord& record, Overflow overflow);
    [[nodiscard]] store::Waiting waiting() const;
    [[nodiscard]] store::Waiting waiting(Priority priority) const;
    [[nodiscard]] bool is_in_flight(RecordId id) const { return in_flight_.count(id) != 0; }

    [[nodiscard]] bool are_valid(const PublishOptions& options) const;
    /// Says what is not.
    [[nodiscard]] Result<void> check(const PublishOptions& options) const;

    // outbox_room.cpp
    [[nodiscard]] bool fits(const NewRecord& record, const store::Waiting& coming = {}) const;
    [[nodiscard]] Allowance allowance(Priority priority) const;
    [[nodiscard]] Error full(const Room& room, Priority priority) const;
    Result<void> make_room(const NewRecord& record, Overflow overflow, std::vector<store::Listed>& leaving);
    Result<std::vector<store::Listed>> superseded_by(const NewRecord& record);
    Result<std::vector<store::Listed>> list(Priority priority, RecordId after, std::size_t max);
    Result<void> store_instead(const NewRecord& record, Overflow overflow, const std::vector<store::Listed>& leaving);

    PerClass available() const;
    Result<std::vector<Record>> read(const store::Range& range, std::size_t max);
    Result<void> take_of(Priority priority, std::size_t max, std::vector<Record>& taken);
    Result<bool> hand_out(std::vector<Record> read, std::size_t max, std::vector<Record>& taken);
    void load_suspects();
    [[nodiscard]] unsigned strikes_of(RecordId id) const;
    Result<void> store_suspects();
    void end_flight(std::map<RecordId, InFlight>::iterator record);
    Result<void> remove(const std::vector<RecordId>& ids, store::Removal why);
    Result<void> remove_delivered();
    void end_delivered();

    // outbox_group.cpp
    [[nodiscard]] bool joins(const NewRecord& record, Overflow overflow) const;
    void store_group();

    std::unique_ptr<store::RecordStore> durable_;  // None: memory only.
    std::unique_ptr<store::MemoryStore> memory_;
    std::unique_ptr<base::AgeClock> clock_;
    OutboxTime time_;
    OutboxLimits limits_;
    RecordId next_id_;
    DrainSchedule schedule_;
    std::array<RecordId, priority_count> taken_up_to_{};  // Of a class that goes oldest first: all up to it is in flight or gone.
    std::map<RecordId, InFlight> in_flight_;
    PerClass in_flight_of_{};
    PerClass accepted_of_{};
    Allowance allowance_;
    std::vector<RecordId> delivered_;       // Not removed yet.
    Group group_;                           // Only during `accept`; its memory is used again.
    std::map<RecordId, unsigned> strikes_;  // Of those under suspicion.
};

// They are asked for every message.

// A class without a bound of its own.
[[nodiscard]] inline std::uint64_t bound_or_none(std::uint64_t limit) {
    return limit == 0 ? UINT64_MAX : limit;
}

inline store::Waiting Outbox::waiting() const {
    const store::Accounts& memory = memory_->accounts();
    if (!durable_) return {memory.waiting, memory.waiting_bytes};
    const store::Accounts& durable = durable_->accounts();
    return {memory.waiting + durable.waiting, memory.waiting_bytes + durable.waiting_bytes};
}

inline store::Waiting Outbox::waiting(Priority priority) const {
    store::Waiting sum = memory_->accounts().of(priority);
    if (!durable_) return sum;
    const store::Waiting& durable = durable_->accounts().of(priority);
    return {sum.messages + durable.messages, sum.bytes + durable.bytes};
}

inline bool Outbox::fits(const NewRecord& record, const store::Waiting& coming) const {
    const ClassLimits& own = limits_.of(record.priority);
    const store::Waiting more{1 + coming.messages, record.bytes() + coming.bytes};
    const auto holds = [&more](std::uint64_t max_messages, std::uint64_t max_bytes, const store::Waiting& now) {
        return now.messages + more.messages <= max_messages && now.bytes + more.bytes <= max_bytes;
    };
    return holds(bound_or_none(own.max_messages), bound_or_none(own.max_bytes), waiting(record.priority)) &&
           holds(limits_.max_messages, limits_.max_bytes, waiting());
}

}  // namespace muster::outbox
