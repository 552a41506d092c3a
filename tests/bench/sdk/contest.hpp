// SPDX-License-Identifier: Apache-2.0
// What the bench compares: the same work done by the SDK and by the least that could do it, and the ratio that must be reached.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace muster::bench {

/// What one round of one side gave, in the order in which it is shown.
using Metrics = std::vector<std::pair<std::string, double>>;

struct Side {
    std::string name;
    std::function<Metrics()> round;
};

struct Limit {
    enum class Bound : bool { at_most, at_least };
    std::string metric;
    std::string side;
    std::string yardstick;
    Bound bound;
    double factor;
};

/// Its sides take turns, round after round, in their order.
struct Work {
    std::string name;
    std::string title;
    std::vector<Side> sides;
    std::vector<Limit> limits;
};

struct Scale {
    std::size_t memory_readings = 100'000;
    std::size_t process_readings = 20'000;
    std::size_t disk_readings = 6'000;
    std::size_t sent_readings = 40'000;
    std::size_t batched_readings = 400'000;
    std::size_t drained_readings = 1'000'000;
    unsigned threads = 16;  ///< That publish at once where they wait for a commit.
    std::filesystem::path directory;
};

inline constexpr const char* rate_metric = "readings/s";
inline constexpr const char* cpu_metric = "CPU us/reading";

[[nodiscard]] std::vector<Work> storing_works(const Scale& scale);
[[nodiscard]] std::vector<Work> sending_works(const Scale& scale);

}  // namespace muster::bench
