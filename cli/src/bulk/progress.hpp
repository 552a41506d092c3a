// SPDX-License-Identifier: Apache-2.0
// How far a run over a list has come: one line that is rewritten on a terminal, a line each ten seconds elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>

namespace muster::cli::bulk {

struct ProgressFigures {
    std::uint64_t total = 0;
    std::uint64_t done = 0;  ///< Failed ones among them.
    std::uint64_t failed = 0;
    double per_second = 0;
};

/// `[######------]  51%  6120/12000  3 failed  412/s  ETA 00:14`, without the bar if it is not for a terminal.
[[nodiscard]] std::string progress_text(const ProgressFigures& figures, bool with_bar);

/// Threads: one at a time.
class Progress {
public:
    using Time = std::chrono::steady_clock::time_point;
    enum class Kind : std::uint8_t { none, lines, terminal };
    Progress(std::ostream& out, Kind kind, std::string label, std::uint64_t total, std::uint64_t done_before, Time start);

    /// Prints if it is time to. `done` is of the whole list.
    void update(std::uint64_t done, std::uint64_t failed, Time now);
    /// Leaves the terminal's line.
    void finish(std::uint64_t done, std::uint64_t failed, Time now);

private:
    void measure(std::uint64_t done, Time now);
    void print(std::uint64_t done, std::uint64_t failed, Time now);

    std::ostream& out_;
    Kind kind_;
    std::string label_;
    std::uint64_t total_;
    std::uint64_t measured_;
    Time measured_at_;
    std::optional<double> per_second_;
    std::optional<Time> printed_at_;
    Time start_;
};

}  // namespace muster::cli::bulk
