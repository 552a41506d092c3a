// SPDX-License-Identifier: Apache-2.0
// Lines about intervals.
#include "bench/progress.hpp"

#include "bench/figures.hpp"
#include "bench/summary.hpp"

#include <algorithm>

namespace muster::cli::bench {
namespace {

constexpr std::chrono::seconds line_every{10};
constexpr const char* rewrite = "\r\033[K";

}  // namespace

void IntervalPrinter::print(const fleet::BenchInterval& interval) {
    const double length = std::chrono::duration<double>(interval.end - last_end_).count();
    last_end_ = interval.end;
    failed_ += interval.connections.failed + interval.connections.lost;
    if (io_.format == Format::jsonl) io_.out << to_json(interval).dump() << std::endl;
    if (io_.quiet || io_.asks_data()) return;
    if (!io_.err_is_terminal && interval.end - last_line_ < line_every) return;
    last_line_ = interval.end;
    const auto rate = [&](std::uint64_t count) { return number_text(static_cast<double>(count) / std::max(length, 0.001)) + "/s"; };
    std::string line = number_text(std::chrono::duration<double>(interval.end).count()) + " s   " +
                       number_text(static_cast<double>(interval.standing)) + " connected";
    if (interval.messages.sent > 0) line += "   sent " + rate(interval.messages.sent);
    if (interval.messages.received > 0) line += "   received " + rate(interval.messages.received);
    if (interval.p99.count() > 0) line += "   p99 " + number_text(std::chrono::duration<double, std::milli>(interval.p99).count()) + " ms";
    if (failed_ > 0) line += "   " + number_text(static_cast<double>(failed_)) + " failed";
    io_.err << (io_.err_is_terminal ? rewrite : "") << line << (io_.err_is_terminal ? "" : "\n") << std::flush;
    has_line_ = io_.err_is_terminal;
}

void IntervalPrinter::finish() {
    if (has_line_) io_.err << rewrite << std::flush;
    has_line_ = false;
}

}  // namespace muster::cli::bench
