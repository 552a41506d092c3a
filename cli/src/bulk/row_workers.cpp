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
    std::vector<FleetRow> rows;
    // A thread that an exception leaves ends the process; out of memory, say, ends the run instead.
    try {
        while (take(rows)) {
            put(rows, work_(rows, worker));
            if (limits_.delay.count() > 0 && !wait_for(limits_.delay)) break;
        }
    } catch (const std::exception& problem) {
        end_with(Error{Code::internal, std::string("unexpected: ") + problem.what(), "please report this"});
    }
    --running_;
}

// At a rate, a turn is a tenth of a second's rows: so many may come late at once.
std::size_t RowWorkers::turn_size() const {
    std::size_t size = std::min<std::size_t>(turn_, limits_.rows_at_once);
    constexpr double turns_per_second = 10;
    if (limits_.rows_per_second > 0) size = std::min(size, static_cast<std::size_t>(limits_.rows_per_second / turns_per_second));
    return std::max<std::size_t>(size, 1);
}

bool RowWorkers::take(std::vector<FleetRow>& rows) {
    rows.clear();
    const std::lock_guard lock(source_mutex_);
    const std::size_t size = turn_size();
    if (at_end_ || stopping_ || !wait_for_turn(size)) return false;
    while (!at_end_ && rows.size() < size) {
        const auto more = source_(rows.emplace_back());
        if (!more) end_with(more.error());
        at_end_ = !more || !*more;
        if (at_end_) rows.pop_back();
    }
    return !rows.empty();
}

// The turns are a period apart from each other, not from the end of the last rows' work.
bool RowWorkers::wait_for_turn(std::size_t rows) {
    if (limits_.rows_per_second <= 0) return true;
    using Clock = std::chrono::steady_clock;
    const std::chrono::duration<double> seconds(static_cast<double>(rows) / limits_.rows_per_second);
    const auto now = Clock::now();
    const auto turn = std::max(now, next_turn_.value_or(now));
    next_turn_ = turn + std::chrono::duration_cast<Clock::duration>(seconds);
    return turn <= now || wait_for(std::chrono::ceil<std::chrono::milliseconds>(turn - now));
}

void RowWorkers::put(const std::vector<FleetRow>& rows, const std::vector<RowOutcome>& outcomes) {
    std::optional<Error> problem;
    bool has_failed = false;
    {
        const std::lock_guard lock(sink_mutex_);
        for (std::size_t i = 0; i < outcomes.size(); ++i) {
            const RowOutcome& outcome = outcomes[i];
            if (outcome.end_of_all) problem = outcome.end_of_all;
            if (outcome.entry.status == RowStatus::pending) continue;
            if (auto taken = sink_(rows[i], outcome); !taken) problem = taken.error();
            const bool is_ok = outcome.entry.status == RowStatus::ok;
            has_failed = has_failed || !is_ok;
            (is_ok ? succeeded_ : failed_)++;
        }
    }
    // Where rows fail, few are asked for at once: the run may have to end soon.
    turn_ = has_failed ? 1 : std::min<std::size_t>(2 * turn_, limits_.rows_at_once);
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
