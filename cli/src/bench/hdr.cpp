// SPDX-License-Identifier: Apache-2.0
// The format of HdrHistogram's percentile distributions, which is what its plotters take.
#include "bench/hdr.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace muster::cli::bench {
namespace {

constexpr double lines_per_halving = 5;
// Of the histogram behind it: each power of two up to 2^47 ns has 1,024 buckets.
constexpr int powers_of_two = 37;
constexpr int parts_of_each = 1'024;

double ms(std::chrono::nanoseconds time) {
    return std::chrono::duration<double, std::milli>(time).count();
}

template <class... Values>
void append(std::string& out, const char* format, Values... values) {
    std::array<char, 128> line{};
    std::snprintf(line.data(), line.size(), format, values...);
    out += line.data();
}

double next_percent(double percent) {
    const double halvings = std::floor(std::log2(100 / (100 - percent))) + 1;
    return percent + 100 / (lines_per_halving * std::exp2(halvings));
}

// The last value is every percentile above its own; one line says so.
void append_lines(const fleet::BenchTimes& times, std::string& out) {
    double percent = 0;
    std::uint64_t seen = 0;
    for (const auto& bucket : times.buckets) {
        seen += bucket.count;
        const bool is_last = seen == times.count;
        const double reached = 100 * static_cast<double>(seen) / static_cast<double>(times.count);
        for (; percent <= reached && !is_last; percent = next_percent(percent)) {
            append(out, "%12.3f %2.12f %10llu %14.2f\n", ms(bucket.upto), percent / 100, static_cast<unsigned long long>(seen),
                   100 / (100 - percent));
        }
        if (is_last) append(out, "%12.3f %2.12f %10llu\n", ms(bucket.upto), 1.0, static_cast<unsigned long long>(seen));
    }
}

double deviation(const fleet::BenchTimes& times) {
    double squares = 0;
    for (const auto& bucket : times.buckets) squares += static_cast<double>(bucket.count) * std::pow(ms(bucket.upto) - ms(times.mean), 2);
    return times.count == 0 ? 0 : std::sqrt(squares / static_cast<double>(times.count));
}

}  // namespace

std::string hdr_distribution(const fleet::BenchTimes& times) {
    std::string out = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n";
    append_lines(times, out);
    append(out, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", ms(times.mean), deviation(times));
    append(out, "#[Max     = %12.3f, Total count    = %12llu]\n", ms(times.max), static_cast<unsigned long long>(times.count));
    append(out, "#[Buckets = %12d, SubBuckets     = %12d]\n", powers_of_two, parts_of_each);
    return out;
}

}  // namespace muster::cli::bench
