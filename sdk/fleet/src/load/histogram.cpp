// SPDX-License-Identifier: Apache-2.0
// Buckets as HdrHistogram has them: every power of two is divided into 1,024 equal parts.
#include "load/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace muster::fleet {
namespace {

constexpr unsigned part_bits = 10;
constexpr std::uint64_t parts = 1U << part_bits;
// 39 hours; what is above counts in the last bucket.
constexpr unsigned value_bits = 47;
constexpr std::uint64_t last_value = (1ULL << value_bits) - 1;
constexpr std::size_t bucket_count = (value_bits - part_bits + 1) * parts;

// Below 1,024 a bucket holds one value; above, a value loses the bits after its first eleven.
unsigned shift_of(std::uint64_t value) {
    return value < parts ? 0 : static_cast<unsigned>(std::bit_width(value)) - part_bits - 1;
}

std::size_t bucket_of(std::uint64_t value) {
    const unsigned shift = shift_of(value);
    return shift * parts + (value >> shift);
}

std::uint64_t last_value_of(std::size_t bucket) {
    const auto shift = bucket < 2 * parts ? 0 : bucket / parts - 1;
    const std::uint64_t first = (bucket - shift * parts) << shift;
    return first + (1ULL << shift) - 1;
}

}  // namespace

Histogram::Histogram() : counts_(bucket_count) {}

void Histogram::record(std::chrono::nanoseconds value) {
    const std::int64_t count = std::max<std::int64_t>(value.count(), 0);
    ++counts_[bucket_of(std::min(static_cast<std::uint64_t>(count), last_value))];
    ++count_;
    sum_ += static_cast<double>(count);
    max_ = std::max(max_, count);
}

void Histogram::merge(const Histogram& other) {
    std::transform(counts_.begin(), counts_.end(), other.counts_.begin(), counts_.begin(), std::plus<>());
    count_ += other.count_;
    sum_ += other.sum_;
    max_ = std::max(max_, other.max_);
}

std::chrono::nanoseconds Histogram::mean() const {
    if (count_ == 0) return std::chrono::nanoseconds(0);
    return std::chrono::nanoseconds(static_cast<std::int64_t>(sum_ / static_cast<double>(count_)));
}

std::chrono::nanoseconds Histogram::percentile(double percent) const {
    if (count_ == 0) return std::chrono::nanoseconds(0);
    const auto share = std::ceil(static_cast<double>(count_) * std::clamp(percent, 0.0, 100.0) / 100.0);
    const auto wanted = std::max<std::uint64_t>(static_cast<std::uint64_t>(share), 1);
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
        seen += counts_[bucket];
        if (seen >= wanted && bucket + 1 < counts_.size())
            return std::chrono::nanoseconds(std::min(static_cast<std::int64_t>(last_value_of(bucket)), max_));
    }
    return max();
}

std::vector<std::pair<std::chrono::nanoseconds, std::uint64_t>> Histogram::buckets() const {
    std::vector<std::pair<std::chrono::nanoseconds, std::uint64_t>> filled;
    for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
        if (counts_[bucket] == 0) continue;
        const bool is_last = bucket + 1 == counts_.size();
        filled.emplace_back(is_last ? max_ : std::min(static_cast<std::int64_t>(last_value_of(bucket)), max_), counts_[bucket]);
    }
    return filled;
}

}  // namespace muster::fleet
