// SPDX-License-Identifier: Apache-2.0
// A command over a list of devices: the list is checked as a whole, then gone through, journalled, and reported.
#pragma once

#include "bulk/operation.hpp"
#include "io.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace muster::cli::bulk {

/// What every command over a list takes.
struct ListRunOptions {
    std::filesystem::path list;  ///< "-": standard input.
    std::string shown = {};      ///< Not empty: what a list without a name is called; no file is made beside it unless it is asked for.
    char delimiter = 0;          ///< 0: found out.
    std::map<std::string, std::string> columns;
    bool is_strict = false;
    std::uint64_t first = 0;  ///< 0: all rows.
    bool check_only = false;
    unsigned workers = 4;
    double rows_per_second = 0;  ///< 0: as fast as it goes.
    std::chrono::milliseconds delay{0};
    std::uint64_t max_errors = 10;  ///< 0: however many.
    unsigned retries = 3;
    std::filesystem::path results;     ///< Empty: none. JSON lines if its name ends so, else CSV.
    std::filesystem::path failed_out;  ///< Empty: the list's name with .failed before its extension.
    std::filesystem::path journal;     ///< Empty: the list's name and .muster-journal.jsonl.
    bool is_anew = false;
    bool failed_only = false;
    std::string tenant;         ///< Rows for another are refused.
    std::string verb = {};      ///< What the command does to the devices: `revoke`.
    bool is_asked_for = false;  ///< It cannot be had back, so that somebody must agree.
};

/// The list's name with something before its extension: `fleet.failed.csv`.
[[nodiscard]] std::filesystem::path beside(const std::filesystem::path& list, const std::string& infix);

/// Opens what the operation needs, once the list is known to be good.
using OpenOperation = std::function<Result<std::unique_ptr<Operation>>()>;

/// `needs` says what the list must have; where it is comes from `options`. Prints how it went, and returns how it ended.
[[nodiscard]] Exit run_list(const ListRunOptions& options, FleetListOptions needs, const OpenOperation& open, Io& io);

}  // namespace muster::cli::bulk
