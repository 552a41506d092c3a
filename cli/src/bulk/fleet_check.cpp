// SPDX-License-Identifier: Apache-2.0
// A whole list, checked in memory that does not depend on what is in its rows.
#include "bulk/fleet_list.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

namespace muster::cli::bulk {
namespace {

constexpr std::size_t max_problems = 100;

}  // namespace

void FleetCheck::add(Problem problem) {
    ++problem_count_;
    if (problems_.size() < max_problems) problems_.push_back(std::move(problem));
}

Result<FleetCheck> FleetCheck::of(const FleetListOptions& options) {
    auto rows = FleetRows::open(options);
    if (!rows) return std::move(rows).error();
    FleetCheck check;
    if (auto read = check.read_rows(*rows); !read) return std::move(read).error();
    check.unknown_ = rows->unknown_columns();
    check.format_ = rows->format();
    if (auto found = check.find_duplicates(options); !found) return std::move(found).error();
    std::stable_sort(check.problems_.begin(), check.problems_.end(), [](const Problem& a, const Problem& b) { return a.line < b.line; });
    return check;
}

Result<void> FleetCheck::read_rows(FleetRows& rows) {
    const auto on_problem = [this](Problem problem) { add(std::move(problem)); };
    FleetRow row;
    while (true) {
        auto more = rows.next(row, on_problem);
        if (!more) return std::move(more).error();
        if (!*more) break;
        ++rows_;
        if (row.auth == Auth::password) ++password_rows_;
        contents_.push_back(hash_of_row(row.raw));
        if (!row.id.empty()) places_.push_back({hash_of_row(row.id), row.number});
    }
    std::sort(places_.begin(), places_.end());
    return {};
}

// Only rows whose hashes are equal are looked at again, and of those as many as can be reported.
Result<void> FleetCheck::find_duplicates(const FleetListOptions& options) {
    std::map<std::uint64_t, std::uint64_t> suspects;  // Row to hash.
    for (std::size_t i = 1; i < places_.size() && suspects.size() < 2 * max_problems; ++i) {
        if (places_[i].hash != places_[i - 1].hash) continue;
        suspects.emplace(places_[i - 1].row, places_[i - 1].hash);
        suspects.emplace(places_[i].row, places_[i].hash);
    }
    if (suspects.empty()) return {};
    auto rows = FleetRows::open(options);
    if (!rows) return std::move(rows).error();
    std::unordered_map<std::string, std::uint64_t> lines;
    FleetRow row;
    for (auto next = suspects.begin(); next != suspects.end();) {
        auto more = rows->next(row);
        if (!more) return std::move(more).error();
        if (!*more) break;
        if (row.number != next->first) continue;
        ++next;
        const auto [known, is_new] = lines.emplace(row.id, row.line);
        if (!is_new)
            add({row.line, 1, "the device id '" + row.id.substr(0, 64) + "' is in line " + std::to_string(known->second) + " already"});
    }
    return {};
}

std::optional<std::uint64_t> FleetCheck::row_of(const std::string& id) const {
    const auto hash = hash_of_row(id);
    const auto found = std::lower_bound(places_.begin(), places_.end(), Place{hash, 0});
    if (found == places_.end() || found->hash != hash) return std::nullopt;
    const auto next = found + 1;
    // Two ids of one hash: neither is found, and whoever asks does without.
    if (next != places_.end() && next->hash == hash) return std::nullopt;
    return found->row;
}

}  // namespace muster::cli::bulk
