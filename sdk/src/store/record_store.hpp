// SPDX-License-Identifier: Apache-2.0
// The seam to wherever records are kept: appended, read in order, removed with a reason.
#pragma once

#include <muster/message.hpp>
#include <muster/policy.hpp>
#include <muster/result.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace muster::store {

/// Grows with every accepted record. Never used twice in the life of an outbox, except that those of Durability::memory may come again
/// after a crash.
using RecordId = std::uint64_t;

struct Record {
    RecordId id = 0;
    Message message;
    Durability durability = Durability::memory;

    [[nodiscard]] std::uint64_t bytes() const { return message.topic.size() + message.payload.size(); }
};

/// Why a record leaves.
enum class Removal : std::uint8_t { delivered, overflow, rejected, corrupt, stopped };

/// The accounts of a store: accepted = the sum of all removals + waiting. `accepted` is counted on its own, so that this can be checked.
struct Accounts {
    std::uint64_t accepted = 0;
    std::uint64_t delivered = 0;
    std::uint64_t overflow = 0;
    std::uint64_t rejected = 0;
    std::uint64_t corrupt = 0;
    std::uint64_t stopped = 0;
    std::uint64_t waiting = 0;
    std::uint64_t waiting_bytes = 0;

    /// The account a removal goes to.
    [[nodiscard]] std::uint64_t& of(Removal why);
};

inline std::uint64_t& Accounts::of(Removal why) {
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
            break;
    }
    return stopped;
}

/// Threads: one at a time.
class RecordStore {
public:
    virtual ~RecordStore() = default;
    /// Stores a record whose id is above all before it, and above every id that failed; returns once it is as durable as its class asks. On
    /// failure nothing is stored; only after Code::io, when the disk did not say, it may show up at the next open, as accepted.
    virtual Result<void> append(const Record& record) = 0;
    /// The records with ids above `after`, lowest first, at most `max`. Damaged ones are counted and left out.
    virtual Result<std::vector<Record>> read_after(RecordId after, std::size_t max) = 0;
    /// Removes in one transaction; ids that are not there are passed over.
    virtual Result<void> remove(const std::vector<RecordId>& ids, Removal why) = 0;
    /// Takes over what another store counted and no longer holds; its waiting must be 0.
    virtual Result<void> add(const Accounts& closed) = 0;
    [[nodiscard]] virtual const Accounts& accounts() const = 0;
    /// The highest id ever stored; 0 for none.
    [[nodiscard]] virtual RecordId last_id() const = 0;
};

}  // namespace muster::store
