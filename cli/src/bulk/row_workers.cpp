// SPDX-License-Identifier: Apache-2.0
// The threads of a run over a list.
#include "bulk/row_workers.hpp"

#include <algorithm>
#include <utility>

namespace muster::cli::bulk {

RowWorkers::RowWorkers(const Limits& limits, Source source, Work work, Sink sink)
    : limits_(limits), source_(std::move(source)), work_(std::move(work)), sink_(std::move(sink)) {}

RowWorkers::~RowWorkers() {
    stop();
    join();
}

void RowWorkers::start() {
    running_ = limits_.workers;
    for (unsigned worker = 0; worker < limits_.workers; ++worker) threads_.emplace_back([this, worker] { run(worker); });
}

void RowWorkers::stop() {
    const std::lock_guard lock(stop_mutex_);
    stopping_ = true;
    stopped_.notify_all();
}

bool RowWorkers::wait_for(std::chrono::milliseconds duration) {
    std::unique_lock lock(stop_mutex_);
    return !stopped_.wait_for(lock, duration, [this] { return stopping_.load(); });
}

void RowWorkers::join() {
    for (auto& thread : threads_) thread.join();
    threads_.clear();
}

void RowWorkers::run(unsigned worker) {
    FleetRow row;
    // A thread that an exception leaves ends the process; out of memory, say, ends the run instead.
    try {
        while (take(row)) put(row, work_(row, worker));
    } catch (const std::exception& problem) {
        end_with(Error{Code::internal, std::string("unexpected: ") + problem.what(), "please report this"});
    }
    --running_;
}

bool RowWorkers::take(FleetRow& row) {
    const std::lock_guard lock(source_mutex_);
    if (at_end_ || stopping_ || !wait_for_turn()) return false;
    const auto more = source_(row);
    if (!more) end_with(more.error());
    at_end_ = !more || !*more;
    return !at_end_;
}

// The turns are a period apart from each other, not from the end of the last row's work.
bool RowWorkers::wait_for_turn() {
    if (limits_.rows_per_second <= 0) return true;
    using Clock = std::chrono::steady_clock;
    const auto period = std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / limits_.rows_per_second));
    const auto now = Clock::now();
    const auto turn = std::max(now, next_turn_.value_or(now));
    next_turn_ = turn + period;
    return turn <= now || wait_for(std::chrono::ceil<std::chrono::milliseconds>(turn - now));
}

void RowWorkers::put(const FleetRow& row, const RowOutcome& outcome) {
    std::optional<Error> problem = outcome.end_of_all;
    {
        const std::lock_guard lock(sink_mutex_);
        if (outcome.entry.status != RowStatus::pending) {
            if (auto taken = sink_(row, outcome); !taken) problem = taken.error();
            (outcome.entry.status == RowStatus::ok ? succeeded_ : failed_)++;
        }
    }
    if (problem) end_with(*problem);
    if (failed_too_often()) stop();
}

void RowWorkers::end_with(const Error& error) {
    {
        const std::lock_guard lock(sink_mutex_);
        if (!error_) error_ = error;
    }
    stop();
}

}  // namespace muster::cli::bulk
