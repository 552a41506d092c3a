// SPDX-License-Identifier: Apache-2.0
// Latencies as counts in buckets that grow with the value: percentiles within one in 1,024, in a size that does not depend on the run.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace muster::fleet {

/// Threads: one.
class Histogram {
public:
    Histogram();

    /// What is negative counts as zero.
    void record(std::chrono::nanoseconds value);
    void merge(const Histogram& other);

    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] std::chrono::nanoseconds mean() const;
    [[nodiscard]] std::chrono::nanoseconds max() const { return std::chrono::nanoseconds(max_); }
    /// The smallest recorded value that `percent` of all values do not exceed, rounded up to its bucket's end, never above `max`.
    /// Zero if nothing was recorded.
    [[nodiscard]] std::chrono::nanoseconds percentile(double percent) const;
    /// The buckets that are not empty, ascending: the largest value that counts there, at most `max`, and how many values do.
    [[nodiscard]] std::vector<std::pair<std::chrono::nanoseconds, std::uint64_t>> buckets() const;

private:
    std::vector<std::uint64_t> counts_;
    std::uint64_t count_ = 0;
    std::int64_t max_ = 0;
    double sum_ = 0;
};

}  // namespace muster::fleet
