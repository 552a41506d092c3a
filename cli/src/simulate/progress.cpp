// SPDX-License-Identifier: Apache-2.0
// Lines about a running fleet.
#include "simulate/progress.hpp"

#include "bench/summary.hpp"
#include "simulate/account.hpp"

#include <algorithm>
#include <string>

namespace muster::cli::simulate {
namespace {

constexpr std::chrono::seconds line_every{10};
constexpr const char* rewrite = "\r\033[K";

}  // namespace

void ProgressPrinter::print(const fleet::SimulationInterval& interval) {
    const double length = std::chrono::duration<double>(interval.end - last_end_).count();
    const auto delivered = static_cast<double>(interval.delivered - std::min(last_delivered_, interval.delivered));
    last_end_ = interval.end;
    last_delivered_ = interval.delivered;
    if (io_.format == Format::jsonl) io_.out << to_json(interval).dump() << std::endl;
    if (io_.quiet || io_.asks_data()) return;
    if (!io_.err_is_terminal && interval.end - last_line_ < line_every) return;
    last_line_ = interval.end;
    const auto count = [](std::uint64_t number) { return bench::number_text(static_cast<double>(number)); };
    std::string line = bench::number_text(std::chrono::duration<double>(interval.end).count()) + " s   " + count(interval.connected) +
                       " connected   published " + count(interval.published) + "   delivered " + count(interval.delivered) + " (" +
                       bench::number_text(delivered / std::max(length, 0.001)) + "/s)   waiting " + count(interval.waiting);
    if (interval.observed > 0) line += "   observed " + count(interval.observed);
    io_.err << (io_.err_is_terminal ? rewrite : "") << line << (io_.err_is_terminal ? "" : "\n") << std::flush;
    has_line_ = io_.err_is_terminal;
}

void ProgressPrinter::finish() {
    if (has_line_) io_.err << rewrite << std::flush;
    has_line_ = false;
}

}  // namespace muster::cli::simulate
