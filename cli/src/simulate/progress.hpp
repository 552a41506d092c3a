// SPDX-License-Identifier: Apache-2.0
// A running simulation, interval by interval.
#pragma once

#include "io.hpp"

#include <muster/fleet/simulate.hpp>

#include <chrono>
#include <cstdint>

namespace muster::cli::simulate {

/// On a terminal one line on stderr that is rewritten, elsewhere a line every ten seconds; with -o jsonl each interval on stdout.
/// Threads: one at a time.
class ProgressPrinter {
public:
    explicit ProgressPrinter(Io& io) : io_(io) {}
    void print(const fleet::SimulationInterval& interval);
    /// Leaves the terminal's line.
    void finish();

private:
    Io& io_;
    std::chrono::milliseconds last_line_{0};
    std::chrono::milliseconds last_end_{0};
    std::uint64_t last_delivered_ = 0;
    bool has_line_ = false;
};

}  // namespace muster::cli::simulate
