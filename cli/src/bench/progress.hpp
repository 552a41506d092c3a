// SPDX-License-Identifier: Apache-2.0
// A running bench, interval by interval.
#pragma once

#include "io.hpp"

#include <muster/fleet/bench.hpp>

#include <chrono>
#include <cstdint>

namespace muster::cli::bench {

/// On a terminal one line on stderr that is rewritten, elsewhere a line every ten seconds; with -o jsonl each interval on stdout.
/// Threads: one at a time.
class IntervalPrinter {
public:
    explicit IntervalPrinter(Io& io) : io_(io) {}
    void print(const fleet::BenchInterval& interval);
    /// Leaves the terminal's line.
    void finish();

private:
    Io& io_;
    std::chrono::milliseconds last_line_{0};
    std::chrono::milliseconds last_end_{0};
    std::uint64_t failed_ = 0;
    bool has_line_ = false;
};

}  // namespace muster::cli::bench
