// SPDX-License-Identifier: Apache-2.0
// What some work took: time, and processor time of the whole process.
#pragma once

#include "contest.hpp"

#include <time.h>

#include <chrono>
#include <cstddef>

namespace muster::bench {

/// Runs from its construction. Threads: one.
class Stopwatch {
public:
    /// Rate and processor time for each of so many readings, until now.
    [[nodiscard]] Metrics per(std::size_t readings) const {
        const double count = static_cast<double>(readings);
        const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start_;
        return {{rate_metric, count / passed.count()}, {cpu_metric, (processor_seconds() - used_) * 1e6 / count}};
    }

private:
    static double processor_seconds() {
        timespec time{};
        ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
    }

    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    double used_ = processor_seconds();
};

}  // namespace muster::bench
