// SPDX-License-Identifier: Apache-2.0
// The line that says how far a run has come.
#include "bulk/progress.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

namespace muster::cli::bulk {
namespace {

constexpr std::chrono::milliseconds terminal_period{100};
constexpr std::chrono::seconds line_period{10};
constexpr std::chrono::milliseconds measure_period{500};
constexpr double weight_of_new = 0.2;  // The rate forgets half of what it was in three measurements.
constexpr std::size_t bar_width = 24;

std::string eta_text(double seconds) {
    if (seconds > 359'999) return "ETA >99 h";
    const auto total = static_cast<unsigned long>(std::lround(seconds));
    std::array<char, 32> text{};
    if (total >= 3'600)
        std::snprintf(text.data(), text.size(), "ETA %lu:%02lu:%02lu", total / 3'600, total % 3'600 / 60, total % 60);
    else
        std::snprintf(text.data(), text.size(), "ETA %02lu:%02lu", total / 60, total % 60);
    return text.data();
}

std::string rate_text(double per_second) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), per_second < 10 ? "%.1f/s" : "%.0f/s", per_second);
    return text.data();
}

}  // namespace

std::string progress_text(const ProgressFigures& figures, bool with_bar) {
    const std::uint64_t total = std::max<std::uint64_t>(figures.total, 1);
    const double share = std::min(1.0, static_cast<double>(figures.done) / static_cast<double>(total));
    std::string text;
    if (with_bar) {
        const auto full = static_cast<std::size_t>(share * bar_width);
        text = "[" + std::string(full, '#') + std::string(bar_width - full, '-') + "] ";
    }
    const std::string percent = std::to_string(static_cast<int>(share * 100));
    text += std::string(3 - std::min<std::size_t>(3, percent.size()), ' ') + percent + "%  " + std::to_string(figures.done) + "/" +
            std::to_string(figures.total);
    if (figures.failed > 0) text += "  " + std::to_string(figures.failed) + " failed";
    if (figures.per_second > 0) {
        text += "  " + rate_text(figures.per_second);
        if (figures.done < figures.total) text += "  " + eta_text(static_cast<double>(figures.total - figures.done) / figures.per_second);
    }
    return text;
}

Progress::Progress(std::ostream& out, Kind kind, std::string label, std::uint64_t total, std::uint64_t done_before, Time start)
    : out_(out), kind_(kind), label_(std::move(label)), total_(total), measured_(done_before), measured_at_(start), start_(start) {}

void Progress::measure(std::uint64_t done, Time now) {
    if (now - measured_at_ < measure_period) return;
    const double rate = static_cast<double>(done - measured_) / std::chrono::duration<double>(now - measured_at_).count();
    per_second_ = per_second_ ? *per_second_ + weight_of_new * (rate - *per_second_) : rate;
    measured_ = done;
    measured_at_ = now;
}

void Progress::update(std::uint64_t done, std::uint64_t failed, Time now) {
    if (kind_ == Kind::none) return;
    measure(done, now);
    // On a terminal the first line comes at once; a log gets none of a short run.
    if (kind_ == Kind::lines && now - printed_at_.value_or(start_) < line_period) return;
    if (kind_ == Kind::terminal && printed_at_ && now - *printed_at_ < terminal_period) return;
    print(done, failed, now);
}

void Progress::print(std::uint64_t done, std::uint64_t failed, Time now) {
    printed_at_ = now;
    const std::string text = progress_text({total_, done, failed, per_second_.value_or(0)}, kind_ == Kind::terminal);
    if (kind_ == Kind::terminal)
        out_ << '\r' << label_ << "  " << text << "\x1b[K" << std::flush;
    else
        out_ << label_ << "  " << text << std::endl;
}

void Progress::finish(std::uint64_t done, std::uint64_t failed, Time now) {
    if (kind_ != Kind::terminal) return;
    print(done, failed, now);
    out_ << std::endl;
}

}  // namespace muster::cli::bulk
