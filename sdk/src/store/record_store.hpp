// SPDX-License-Identifier: Apache-2.0
// The seam to wherever records are kept: appended, read in order, removed with a reason.
#pragma once

#include "base/message_properties.hpp"
#include "base/message_view.hpp"
#include "base/uuid.hpp"

#include <muster/message.hpp>
#include <muster/policy.hpp>
#include <muster/result.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace muster::store {

/// Grows with every accepted record. Never used twice in the life of an outbox, except that those of Durability::memory may come again
/// after a crash.
using RecordId = std::uint64_t;
inline constexpr RecordId highest_id = std::numeric_limits<std::int64_t>::max();

/// Milliseconds of the outbox's own time (outbox::OutboxTime).
using Age = std::int64_t;

struct Record {
    RecordId id = 0;
    Message message;
    Durability durability = Durability::memory;
    Priority priority = Priority::normal;
    std::int64_t accepted_at = 0;  ///< By the wall clock, in milliseconds since 1970; 0: not known.
    Age expires = 0;               ///< 0: never.
    std::string key = {};          ///< Of Overflow::latest; otherwise empty.
    unsigned strikes = 0;          ///< At how many lost connections in a row it was in flight; not part of what is stored with it.
    Age lives_for = 0;             ///< What was left of it when it was handed out, if it expires; not stored.
    base::Uuid message_id = {};    ///< By which a receiver knows it again; made when it is handed out, always the same.

    [[nodiscard]] std::uint64_t bytes() const {
        const std::uint64_t of_properties = message.properties ? base::encoded_size(*message.properties) : 0;
        return message.topic.size() + message.payload.size() + key.size() + of_properties;
    }
};

/// A record that comes; message and key are whoever's they were.
struct NewRecord {
    RecordId id = 0;
    base::MessageView message;
    Durability durability = Durability::memory;
    Priority priority = Priority::normal;
    std::int64_t accepted_at = 0;
    Age expires = 0;
    std::string_view key = {};

    [[nodiscard]] std::uint64_t bytes() const {
        const std::uint64_t of_properties = message.properties ? base::encoded_size(*message.properties) : 0;
        return message.topic.size() + message.payload.size() + key.size() + of_properties;
    }
};
[[nodiscard]] inline NewRecord as_new(const Record& record) {
    return {record.id, record.message, record.durability, record.priority, record.accepted_at, record.expires, record.key};
}

[[nodiscard]] inline Record as_record(const NewRecord& record) {
    return {record.id,      record.message.to_message(), record.durability, record.priority, record.accepted_at,
            record.expires, std::string(record.key)};
}

/// Some of them that are stored together, in the order of their ids; at least one. Borrowed.
class NewRecords {
public:
    NewRecords(const NewRecord& one) : first_(&one), count_(1) {}                                 // NOLINT(google-explicit-constructor)
    NewRecords(const std::vector<NewRecord>& some) : first_(some.data()), count_(some.size()) {}  // NOLINT(google-explicit-constructor)
    [[nodiscard]] const NewRecord* begin() const { return first_; }
    [[nodiscard]] const NewRecord* end() const { return first_ + count_; }
    [[nodiscard]] const NewRecord& front() const { return *first_; }
    [[nodiscard]] const NewRecord& back() const { return first_[count_ - 1]; }
    /// Of the class that asks for the most.
    [[nodiscard]] Durability durability() const {
        Durability most = front().durability;
        for (const auto& record : *this) most = std::max(most, record.durability);
        return most;
    }

private:
    const NewRecord* first_;
    std::size_t count_;
};

/// What is asked about a record without reading it.
struct Listed {
    RecordId id = 0;
    std::uint64_t bytes = 0;
    Priority priority = Priority::normal;
};

/// Why a record leaves.
enum class Removal : std::uint8_t { delivered, overflow, rejected, corrupt, stopped, expired, superseded, purged, quarantined };
inline constexpr std::array<Removal, 9> removals{Removal::delivered,  Removal::overflow, Removal::rejected,
                                                 Removal::corrupt,    Removal::stopped,  Removal::expired,
                                                 Removal::superseded, Removal::purged,   Removal::quarantined};

/// A record under suspicion.
struct Suspect {
    RecordId id = 0;
    unsigned strikes = 0;
};

/// A record that was set aside.
struct Quarantined {
    Record record;
    std::string reason;
};
/// Of what is set aside the newest are kept: so many, and so many bytes of topics, payloads, keys and properties.
inline constexpr std::size_t most_quarantined = 64;
inline constexpr std::uint64_t most_quarantined_bytes = 1U << 20U;

struct Waiting {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
};

/// The accounts of a store: accepted = gone() + waiting. `accepted` is counted on its own, so that this can be checked.
struct Accounts {
    std::uint64_t accepted = 0;
    std::uint64_t delivered = 0;
    std::uint64_t overflow = 0;
    std::uint64_t rejected = 0;
    std::uint64_t corrupt = 0;
    std::uint64_t stopped = 0;
    std::uint64_t expired = 0;
    std::uint64_t superseded = 0;
    std::uint64_t purged = 0;
    std::uint64_t quarantined = 0;
    std::uint64_t waiting = 0;
    std::uint64_t waiting_bytes = 0;
    std::array<Waiting, priority_count> classes{};  ///< The same by priority.

    /// The account a removal goes to.
    [[nodiscard]] std::uint64_t& of(Removal why);
    [[nodiscard]] std::uint64_t of(Removal why) const { return Accounts(*this).of(why); }
    [[nodiscard]] std::uint64_t gone() const;
    [[nodiscard]] const Waiting& of(Priority priority) const { return classes[static_cast<std::size_t>(priority)]; }
    void came(Priority priority, std::uint64_t bytes) {
        Waiting& in_class = classes[static_cast<std::size_t>(priority)];
        ++accepted;
        ++waiting;
        ++in_class.messages;
        waiting_bytes += bytes;
        in_class.bytes += bytes;
    }
    void left(Priority priority, std::uint64_t bytes, Removal why);
    /// Takes over what another store counted and no longer holds.
    void add_gone(const Accounts& closed);
};

/// Records that leave in the transaction in which others come.
struct Leaving {
    std::vector<RecordId> ids;
    Removal why = Removal::overflow;
};

/// Which records are read: of one class or of all, between two ids, both exclusive.
struct Range {
    std::optional<Priority> priority;
    RecordId after = 0;
    RecordId before = highest_id;
    DrainOrder order = DrainOrder::oldest_first;  ///< newest_first only with a priority.
};

/// The outbox's time and the machine's clocks at one moment: what the next run goes on from.
struct TimeMark {
    Age age = 0;
    std::uint64_t boot = 0;  ///< Which boot of the machine; 0: not known.
    std::int64_t since_boot = 0;
    std::int64_t wall = 0;
    bool is_wall_synchronised = false;
};

/// Threads: one at a time.
class RecordStore {
public:
    virtual ~RecordStore() = default;
    /// Stores records whose ids are above all before them, and above every id that failed, and removes what leaves, in one transaction;
    /// returns once they are as durable as the class that asks for the most. On failure nothing has changed; only after Code::io, when
    /// the disk did not say, they may show up at the next open, as accepted: all or none.
    virtual Result<void> append(const NewRecords& records, const Leaving& leaving) = 0;
    Result<void> append(const Record& record, const Leaving& leaving = {}) { return append(NewRecords(as_new(record)), leaving); }
    /// The records of a range, at most `max`, in its order. Damaged ones are counted and left out.
    virtual Result<std::vector<Record>> read(const Range& range, std::size_t max) = 0;
    Result<std::vector<Record>> read_after(RecordId after, std::size_t max) { return read(Range{std::nullopt, after}, max); }
    /// The records of a class with ids above `after`, lowest first, at most `max`.
    virtual Result<std::vector<Listed>> list(Priority priority, RecordId after, std::size_t max) = 0;
    /// The records with this key.
    virtual Result<std::vector<Listed>> with_key(const std::string& key) = 0;
    /// The records that have expired at `now`, at most `max`, the longest expired first.
    virtual Result<std::vector<RecordId>> expired(Age now, std::size_t max) = 0;
    /// Removes in one transaction; ids that are not there are passed over.
    virtual Result<void> remove(const std::vector<RecordId>& ids, Removal why) = 0;
    /// Sets one record aside, in one transaction, and with it whatever no longer fits there; without room for it, it is only removed.
    virtual Result<void> quarantine(RecordId id, const std::string& reason) = 0;
    /// What is set aside and kept, lowest id first. Damaged ones are left out.
    virtual Result<std::vector<Quarantined>> quarantined() = 0;
    /// Who is under suspicion, instead of those before.
    virtual Result<void> set_suspects(const std::vector<Suspect>& suspects) = 0;
    /// Those of them that still wait.
    virtual Result<std::vector<Suspect>> suspects() = 0;
    /// Takes over what another store counted and no longer holds; its waiting must be 0.
    virtual Result<void> add(const Accounts& closed) = 0;
    [[nodiscard]] virtual const Accounts& accounts() const = 0;
    /// The highest id ever stored; 0 for none.
    [[nodiscard]] virtual RecordId last_id() const = 0;
    /// Drawn when the store was made: no other has it.
    [[nodiscard]] virtual base::Uuid name() const = 0;
    /// The mark that was stored last, and another one, which is stored with the next change of anything.
    [[nodiscard]] virtual const TimeMark& time() const = 0;
    virtual void set_time(const TimeMark& mark) = 0;
};

}  // namespace muster::store
