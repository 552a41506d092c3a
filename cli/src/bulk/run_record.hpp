// SPDX-License-Identifier: Apache-2.0
// What is known of every row of a list during a run: the journal, and a few bytes for each row in memory.
#pragma once

#include "bulk/fleet_list.hpp"
#include "bulk/journal.hpp"

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace muster::cli::bulk {

/// Threads: any.
class RunRecord {
public:
    RunRecord(Journal journal, const FleetCheck& list);
    /// Takes over what earlier runs left in the journal; entries of devices that are not in the list any more count for nothing, and those
    /// of rows that have been edited since are done anew.
    Result<void> resume(const FleetCheck& list);

    /// What is called before outcomes are written down, `entries` at a time: it makes what they say survive a power cut. Before the first
    /// row.
    using Barrier = std::function<Result<void>()>;
    void set_barrier(Barrier barrier, std::size_t entries) {
        barrier_ = std::move(barrier);
        entries_per_barrier_ = entries;
    }

    /// Written down before the row uses up what can be used once only.
    Result<void> mark_begun(const FleetRow& row);
    /// Its outcome.
    Result<void> record(const FleetRow& row, const JournalEntry& entry);
    Result<void> sync();

    [[nodiscard]] RowStatus status_of(std::uint64_t row) const;
    /// Whether it has been begun, in this run or an earlier one, and has not come out well since.
    [[nodiscard]] bool is_begun(std::uint64_t row) const;
    /// The last entry of a row whose status is ok or failed.
    [[nodiscard]] Result<JournalEntry> entry_of(std::uint64_t row) const;
    [[nodiscard]] std::uint64_t count(RowStatus status) const;

private:
    struct State {
        RowStatus status = RowStatus::pending;
        bool is_begun = false;
    };
    void take(std::uint64_t row, RowStatus status, Journal::Offset offset);
    Result<void> append(std::uint64_t row, const JournalEntry& entry);
    Result<void> write_held();

    mutable std::mutex mutex_;
    Journal journal_;
    std::vector<State> states_;
    std::vector<Journal::Offset> offsets_;
    std::uint64_t unsynced_ = 0;
    Barrier barrier_;
    std::size_t entries_per_barrier_ = 1;
    std::vector<std::pair<std::uint64_t, JournalEntry>> held_;  // With their rows, until the barrier has been called.
};

}  // namespace muster::cli::bulk
