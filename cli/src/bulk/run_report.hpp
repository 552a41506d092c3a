// SPDX-License-Identifier: Apache-2.0
// What a run leaves behind beside the devices' directories: results, the failed rows, checksums.
#pragma once

#include "bulk/fleet_list.hpp"
#include "bulk/run_record.hpp"

#include <filesystem>
#include <functional>
#include <vector>

namespace muster::cli::bulk {

struct ReportFiles {
    std::filesystem::path out_dir;
    std::filesystem::path results;  ///< Empty: none.
    std::filesystem::path failed;   ///< Made if a row has failed, removed if none has.
};

/// Rows that failed for one reason.
struct Failures {
    std::string code;
    std::string example;
    std::uint64_t count = 0;
    std::vector<std::uint64_t> lines;  ///< The first few.
};

struct ReportSummary {
    std::uint64_t ok = 0;
    std::uint64_t failed = 0;
    std::vector<Failures> failures;
};

/// Called with each row that has an outcome, in the order of the list.
using OnResult = std::function<void(const JournalEntry& entry, const std::filesystem::path& certificate)>;

/// Reads the list once more and writes, each file whole or not at all, with mode 0600: the results as CSV (`line,id,status,code,error,
/// cert_path,serial,not_after`); the rows that failed under the list's own header, as they stood there; `SHA256SUMS` in `out_dir` for the
/// files of every device that has its certificate, as sha256sum(1) checks it. Fails as FleetRows and WholeFile do.
Result<ReportSummary> write_report(const FleetListOptions& list, const RunRecord& record, const ReportFiles& files,
                                   const OnResult& on_result);

}  // namespace muster::cli::bulk
