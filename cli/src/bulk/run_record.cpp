// SPDX-License-Identifier: Apache-2.0
// What is known of every row during a run.
#include "bulk/run_record.hpp"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <utility>

namespace muster::cli::bulk {
namespace {

// A power cut loses at most so many entries, whose rows are looked at again; a sync for each would cost more than its row.
constexpr std::uint64_t entries_per_sync = 100;

std::string hash_text(std::uint64_t hash) {
    std::array<char, 17> text{};
    std::snprintf(text.data(), text.size(), "%016" PRIx64, hash);
    return text.data();
}

}  // namespace

RunRecord::RunRecord(Journal journal, const FleetCheck& list) : journal_(std::move(journal)), states_(list.rows()), offsets_(list.rows()) {}

Result<void> RunRecord::resume(const FleetCheck& list) {
    return journal_.replay([&](const JournalEntry& entry, Journal::Offset offset) {
        const auto row = list.row_of(entry.id);
        if (!row) return;
        const bool is_edited = !entry.row.empty() && entry.row != hash_text(list.content_of(*row));
        take(*row, is_edited && entry.status == RowStatus::ok ? RowStatus::pending : entry.status, offset);
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
    JournalEntry complete = entry;
    complete.row = hash_text(hash_of_row(row.raw));
    const std::lock_guard lock(mutex_);
    if (!barrier_) return append(row.number, complete);
    held_.emplace_back(row.number, std::move(complete));
    return held_.size() < entries_per_barrier_ ? Result<void>() : write_held();
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
