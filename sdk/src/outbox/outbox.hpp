// SPDX-License-Identifier: Apache-2.0
// The queue between the application's time and the network's: order, bounds, overflow and accounts.
#pragma once

#include "store/record_store.hpp"

#include <muster/policy.hpp>
#include <muster/result.hpp>
#include <muster/status.hpp>

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <vector>

namespace muster::outbox {

using store::Record;
using store::RecordId;

/// Accepts messages, hands them out in order, and lets go of each only when it is settled.
///
///     accept --> waiting -- take --> in flight -- settle / reject --> gone, counted
///                   ^                    |
///                   +----- release ------+
///
/// At any time accepted = delivered + dropped + waiting; "in flight" is part of waiting. Memory does not grow with what waits on disk:
/// only ids in flight are kept. What is delivered and cannot be removed, because the disk fails, stays in flight and is tried again.
/// Threads: one at a time; the device guards it.
class Outbox {
public:
    /// Opens the file, or keeps everything in memory if `path` is empty. Fails as store::SqliteStore::open does.
    static Result<std::unique_ptr<Outbox>> open(const std::filesystem::path& path, const OutboxLimits& limits);

    /// Stores the message as its options ask and returns its id. Fails, having stored nothing, with Code::full, Code::too_large (more than
    /// the outbox may ever hold), Code::invalid_argument (a durability that needs a file), Code::no_space, Code::io.
    Result<RecordId> accept(Message message, const PublishOptions& options);

    /// The next records that are not in flight, oldest first, at most `max`; they are in flight from now on. Fails as the store does, and
    /// when much that is delivered cannot be removed.
    Result<std::vector<Record>> take(std::size_t max);

    /// The broker has them: removes them, all that are on disk in one transaction.
    Result<void> settle(const std::vector<RecordId>& delivered);
    /// The broker refuses it for good.
    Result<void> reject(RecordId id);
    /// Back to waiting, at their old places.
    void release(const std::vector<RecordId>& ids);
    /// All that are in flight, after a lost connection; returns how many those were.
    std::size_t release_all();

    [[nodiscard]] OutboxCounts counts() const;

    /// Ends it: what waited in memory only is counted as dropped. Nothing else may be called afterwards but `counts`.
    Result<void> close();

private:
    struct InFlight {
        Durability durability;
        bool is_delivered = false;  // And could not be removed yet.
    };

    Outbox(std::unique_ptr<store::RecordStore> durable, const OutboxLimits& limits);
    [[nodiscard]] store::RecordStore& store_for(Durability durability);
    Result<void> make_room(std::uint64_t bytes, Overflow overflow);
    Result<bool> drop_oldest(std::uint64_t messages, std::uint64_t bytes);
    Result<std::vector<Record>> read_after(RecordId after, std::size_t max);
    Result<void> remove(const std::vector<RecordId>& ids, store::Removal why);
    Result<void> remove_delivered();

    std::unique_ptr<store::RecordStore> durable_;  // None: memory only.
    std::unique_ptr<store::RecordStore> memory_;
    OutboxLimits limits_;
    RecordId next_id_;
    RecordId taken_up_to_ = 0;  // Everything at or below it is in flight, gone, or was never there.
    std::map<RecordId, InFlight> in_flight_;
    std::vector<RecordId> delivered_;  // Not removed yet.
};

}  // namespace muster::outbox
