// SPDX-License-Identifier: Apache-2.0
// The shared state of a bench.
#include "bench/control.hpp"

#include <muster/result.hpp>

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

namespace muster::fleet {

BenchControl::BenchControl(std::uint32_t workers) : tallies_(workers) {
    for (std::uint32_t worker = 0; worker < workers; ++worker) {
        wake_fds_.push_back(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
        MUSTER_REQUIRE(wake_fds_.back() >= 0);
    }
}

BenchControl::~BenchControl() {
    for (const int fd : wake_fds_) ::close(fd);
}

void BenchControl::wake() const {
    const std::uint64_t one = 1;
    // A full counter is a wake-up too.
    for (const int fd : wake_fds_) [[maybe_unused]] const auto written = ::write(fd, &one, sizeof(one));
}

void BenchControl::set_phase(BenchPhase phase, base::SteadyTime start) {
    phase_start_.store(start, std::memory_order_relaxed);
    phase_.store(phase, std::memory_order_release);
    wake();
}

BenchTally BenchControl::sum() const {
    BenchTally sum;
    sum.phase = BenchPhase::stopped;
    for (const auto& one : tallies_) sum += one;
    return sum;
}

void BenchControl::post(std::uint32_t worker, const BenchTally& tally) {
    {
        const std::lock_guard lock(mutex_);
        tallies_[worker] = tally;
    }
    changed_.notify_all();
}

BenchTally BenchControl::tally() const {
    const std::lock_guard lock(mutex_);
    return sum();
}

bool BenchControl::wait_until(const std::function<bool(const BenchTally&)>& is_done, base::SteadyTime until) {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, until, [&] { return is_done(sum()); });
}

void BenchControl::hand_in(std::uint32_t worker, const BenchTally& tally, const Histogram& latencies) {
    {
        const std::lock_guard lock(mutex_);
        tallies_[worker] = tally;
        latencies_.merge(latencies);
        ++handed_in_;
    }
    changed_.notify_all();
}

Histogram BenchControl::end_interval(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    interval_.fetch_add(1, std::memory_order_relaxed);
    wake();
    // A worker that is busy for longer hands in to the next interval.
    changed_.wait_for(lock, patience, [this] { return handed_in_ >= tallies_.size(); });
    handed_in_ = 0;
    return std::exchange(latencies_, Histogram());
}

}  // namespace muster::fleet
