// SPDX-License-Identifier: Apache-2.0
// What is known of every row during a run.
#include "bulk/run_record.hpp"

#include <algorithm>
#include <utility>

namespace muster::cli::bulk {
namespace {

// A power cut loses at most so many entries, whose rows are looked at again; a sync for each would cost more than its row.
constexpr std::uint64_t entries_per_sync = 100;
constexpr std::size_t entries_per_barrier = 1'000;

}  // namespace

RunRecord::RunRecord(Journal journal, const FleetCheck& list) : journal_(std::move(journal)), states_(list.rows()), offsets_(list.rows()) {}

Result<void> RunRecord::resume(const FleetCheck& list) {
    return journal_.replay([&](const JournalEntry& entry, Journal::Offset offset) {
        if (const auto row = list.row_of(entry.id)) take(*row, entry.status, offset);
    });
}

void RunRecord::take(std::uint64_t row, RowStatus status, Journal::Offset offset) {
    State& state = states_[row];
    state.is_begun = status == RowStatus::begun || (status == RowStatus::failed && state.is_begun);
    state.status = status;
    offsets_[row] = offset;
}

Result<void> RunRecord::append(std::uint64_t row, const JournalEntry& entry) {
    auto offset = journal_.append(entry);
    if (!offset) return std::move(offset).error();
    take(row, entry.status, *offset);
    if (++unsynced_ < entries_per_sync) return {};
    unsynced_ = 0;
    return journal_.sync();
}

Result<void> RunRecord::mark_begun(const FleetRow& row) {
    JournalEntry entry;
    entry.line = row.line;
    entry.id = row.id;
    entry.status = RowStatus::begun;
    const std::lock_guard lock(mutex_);
    return append(row.number, entry);
}

Result<void> RunRecord::record(const FleetRow& row, const JournalEntry& entry) {
    const std::lock_guard lock(mutex_);
    if (!barrier_) return append(row.number, entry);
    held_.emplace_back(row.number, entry);
    return held_.size() < entries_per_barrier ? Result<void>() : write_held();
}

Result<void> RunRecord::write_held() {
    if (held_.empty()) return {};
    if (auto passed = barrier_(); !passed) return passed;
    for (const auto& [row, entry] : held_) {
        if (auto appended = append(row, entry); !appended) return appended;
    }
    held_.clear();
    return {};
}

Result<void> RunRecord::sync() {
    const std::lock_guard lock(mutex_);
    if (auto written = write_held(); !written) return written;
    return journal_.sync();
}

RowStatus RunRecord::status_of(std::uint64_t row) const {
    const std::lock_guard lock(mutex_);
    return row < states_.size() ? states_[row].status : RowStatus::pending;
}

bool RunRecord::is_begun(std::uint64_t row) const {
    const std::lock_guard lock(mutex_);
    return row < states_.size() && states_[row].is_begun;
}

Result<JournalEntry> RunRecord::entry_of(std::uint64_t row) const {
    const std::lock_guard lock(mutex_);
    return journal_.at(offsets_[row]);
}

std::uint64_t RunRecord::count(RowStatus status) const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::uint64_t>(
        std::count_if(states_.begin(), states_.end(), [status](const State& state) { return state.status == status; }));
}

}  // namespace muster::cli::bulk
