// SPDX-License-Identifier: Apache-2.0
// A run over a list that has been checked: workers, progress, signals, and what it ends with.
#pragma once

#include "bulk/fleet_list.hpp"
#include "bulk/row_enrollment.hpp"
#include "bulk/row_workers.hpp"
#include "bulk/run_report.hpp"
#include "engines/engine.hpp"
#include "io.hpp"
#include "signals.hpp"

#include <memory>
#include <vector>

namespace muster::cli::bulk {

struct EnrollRunOptions {
    FleetListOptions list;
    RowEnrollmentOptions row;
    RowWorkers::Limits limits;
    std::filesystem::path journal;
    ReportFiles files;
};

/// Enrolls every row that has not been, and prints how it went. `engines` is empty, or has one for each worker.
[[nodiscard]] Exit run_enrollment(const EnrollRunOptions& options, const FleetCheck& check,
                                  std::vector<std::unique_ptr<engines::Engine>>& engines, StopSignals& signals, Io& io);

}  // namespace muster::cli::bulk
