// SPDX-License-Identifier: Apache-2.0
// What the threads of a bench tell each other: what to do, and how far they are.
#pragma once

#include "base/clock.hpp"
#include "bench/tally.hpp"
#include "load/histogram.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

namespace muster::fleet {

/// Threads: any.
class BenchControl {
public:
    explicit BenchControl(std::uint32_t workers);
    ~BenchControl();
    BenchControl(const BenchControl&) = delete;
    BenchControl& operator=(const BenchControl&) = delete;

    /// `start` is when what the phase does begins, for all workers alike.
    void set_phase(BenchPhase phase, base::SteadyTime start);
    [[nodiscard]] BenchPhase phase() const { return phase_.load(std::memory_order_acquire); }
    [[nodiscard]] base::SteadyTime phase_start() const { return phase_start_.load(std::memory_order_relaxed); }

    /// A worker's counts replace those it posted before.
    void post(std::uint32_t worker, const BenchTally& tally);
    [[nodiscard]] BenchTally tally() const;
    /// Until `is_done` of the sum or the time; whether it is done.
    bool wait_until(const std::function<bool(const BenchTally&)>& is_done, base::SteadyTime until);

    /// The interval that is running; a worker that sees another number than before hands in what it has of the one before.
    [[nodiscard]] std::uint32_t interval() const { return interval_.load(std::memory_order_relaxed); }
    void hand_in(std::uint32_t worker, const BenchTally& tally, const Histogram& latencies);
    /// Ends the interval: its latencies, once every worker has handed in.
    Histogram end_interval(std::chrono::milliseconds patience);

    /// Descriptor that becomes readable when the worker has something to look at.
    [[nodiscard]] int wake_fd(std::uint32_t worker) const { return wake_fds_[worker]; }

private:
    [[nodiscard]] BenchTally sum() const;
    void wake() const;

    std::atomic<BenchPhase> phase_{BenchPhase::waiting};
    std::atomic<base::SteadyTime> phase_start_{base::SteadyTime()};  // Written before `phase_` is released.
    std::atomic<std::uint32_t> interval_{0};
    std::vector<int> wake_fds_;
    mutable std::mutex mutex_;  // Of everything below.
    std::condition_variable changed_;
    std::vector<BenchTally> tallies_;
    Histogram latencies_;
    std::uint32_t handed_in_ = 0;
};

}  // namespace muster::fleet
