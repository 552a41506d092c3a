// SPDX-License-Identifier: Apache-2.0
// What a run over a list leaves behind for who reads it: results, and the failed rows.
#pragma once

#include "bulk/operation.hpp"
#include "io.hpp"

#include <filesystem>
#include <vector>

namespace muster::cli::bulk {

struct ReportFiles {
    std::filesystem::path results;  ///< Empty: none. JSON lines if its name ends so, else CSV.
    std::filesystem::path failed;   ///< Made if a row has failed, removed if none has; empty: none.
};

/// Rows that failed for one reason.
struct Failures {
    std::string reason;  ///< `409 conflict`
    std::string example;
    std::uint64_t count = 0;
    std::vector<std::uint64_t> lines;  ///< The first few.
};

struct ReportSummary {
    std::uint64_t ok = 0;
    std::uint64_t unchanged = 0;  ///< Of those that are ok.
    std::uint64_t failed = 0;
    std::vector<Failures> failures;
};

/// Reads the list once more, in its order, and writes, each file whole or not at all, with mode 0600: the results of every row with an
/// outcome; the rows that failed under the list's own header, as they stood there. Prints the results, where data is asked for. Fails as
/// FleetRows and WholeFile do.
Result<ReportSummary> write_report(const FleetListOptions& list, const RunRecord& record, Operation& operation, const ReportFiles& files,
                                   const Io& io);

}  // namespace muster::cli::bulk
