// SPDX-License-Identifier: Apache-2.0
// Threads that work through the rows of a list, at a rate, until the end, too many failures, or a word.
#pragma once

#include "bulk/fleet_list.hpp"
#include "bulk/journal.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace muster::cli::bulk {

/// What became of a row; an `end_of_all` would befall every other row as well, and ends the run.
struct RowOutcome {
    JournalEntry entry;
    std::optional<Error> end_of_all;
};

/// Threads: one, but `stop`, `is_stopping` and `wait_for`, which are for any.
class RowWorkers {
public:
    struct Limits {
        unsigned workers = 4;
        double rows_per_second = 0;          ///< 0: as fast as it goes.
        std::uint64_t max_failures = 0;      ///< 0: however many.
        std::size_t rows_at_once = 1;        ///< A worker takes so many at most, fewer after a failure.
        std::chrono::milliseconds delay{0};  ///< A worker waits so long after each of its turns.
    };
    /// The next row; false at the end. Called by one thread at a time.
    using Source = std::function<Result<bool>(FleetRow& row)>;
    /// Called by each worker, with its number: an outcome for each row, in order.
    using Work = std::function<std::vector<RowOutcome>(const std::vector<FleetRow>& rows, unsigned worker)>;
    /// Called by one thread at a time.
    using Sink = std::function<Result<void>(const FleetRow& row, const RowOutcome& outcome)>;

    RowWorkers(const Limits& limits, Source source, Work work, Sink sink);
    /// Stops and waits.
    ~RowWorkers();
    RowWorkers(const RowWorkers&) = delete;
    RowWorkers& operator=(const RowWorkers&) = delete;

    void start();
    /// No further row is begun.
    void stop();
    [[nodiscard]] bool is_stopping() const { return stopping_; }
    /// Waits, for a worker; false as soon as the run is stopping.
    bool wait_for(std::chrono::milliseconds duration);
    /// Whether every worker has come to its end.
    [[nodiscard]] bool is_done() const { return running_ == 0; }
    void join();

    [[nodiscard]] std::uint64_t succeeded() const { return succeeded_; }
    [[nodiscard]] std::uint64_t failed() const { return failed_; }
    [[nodiscard]] bool failed_too_often() const { return limits_.max_failures != 0 && failed_ >= limits_.max_failures; }
    /// What ended the run before its time; after `join`.
    [[nodiscard]] const std::optional<Error>& error() const { return error_; }

private:
    void run(unsigned worker);
    bool take(std::vector<FleetRow>& rows);
    [[nodiscard]] std::size_t turn_size() const;
    bool wait_for_turn(std::size_t rows);
    void put(const std::vector<FleetRow>& rows, const std::vector<RowOutcome>& outcomes);
    void end_with(const Error& error);

    const Limits limits_;
    const Source source_;
    const Work work_;
    const Sink sink_;
    std::vector<std::thread> threads_;
    std::atomic<bool> stopping_{false};
    std::atomic<unsigned> running_{0};
    std::atomic<std::uint64_t> succeeded_{0};
    std::atomic<std::uint64_t> failed_{0};
    std::atomic<std::size_t> turn_{1};  // Rows that the next turn has.

    std::mutex source_mutex_;
    bool at_end_ = false;                                             // Under source_mutex_.
    std::optional<std::chrono::steady_clock::time_point> next_turn_;  // Under source_mutex_.
    std::mutex sink_mutex_;
    std::optional<Error> error_;  // Under sink_mutex_.
    std::mutex stop_mutex_;
    std::condition_variable stopped_;
};

}  // namespace muster::cli::bulk
