// SPDX-License-Identifier: Apache-2.0
// What the threads of a load tell each other: what to do, how far they are, and whose messages came.
#pragma once

#include "base/clock.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace muster::fleet {

/// In this order; a load goes back from draining to running only.
enum class Phase : std::uint8_t { waiting, connecting_subscribers, connecting_publishers, running, draining, closing, stopped };

/// Counts since the start; of one worker or, added up, of the load.
struct Totals {
    Phase phase = Phase::waiting;  ///< The earliest that a worker is in.
    std::uint64_t ready_subscribers = 0;
    std::uint64_t ready_publishers = 0;
    std::uint64_t resumed = 0;  ///< TLS sessions taken up again.
    std::uint64_t failed = 0;   ///< Connections that did not come to stand, or were lost.
    std::uint64_t sent = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t unique = 0;  ///< Received, each message once.
    std::uint64_t repeated = 0;
    std::uint64_t foreign = 0;
    std::uint64_t out_of_order = 0;
    std::uint64_t given_up = 0;  ///< Were outstanding when nothing moved any more.
    base::SteadyTime last_ready;

    Totals& operator+=(const Totals& other);
};

/// Threads: any.
class Board {
public:
    explicit Board(std::uint32_t workers);
    ~Board();
    Board(const Board&) = delete;
    Board& operator=(const Board&) = delete;

    [[nodiscard]] Phase phase() const { return phase_.load(std::memory_order_acquire); }
    void set_phase(Phase phase);
    /// Latencies count for messages meant to leave after this moment.
    [[nodiscard]] base::SteadyTime measured_from() const { return measured_from_.load(std::memory_order_relaxed); }
    void measure_from(base::SteadyTime time) { measured_from_.store(time, std::memory_order_relaxed); }

    /// A worker's counts replace those it posted before.
    void post(std::uint32_t worker, const Totals& totals);
    [[nodiscard]] Totals totals() const;
    /// Whether it became true in time.
    bool wait_until(const std::function<bool(const Totals&)>& is_done, std::chrono::milliseconds timeout);

    /// The first is kept.
    void note_failure(const std::string& why);
    [[nodiscard]] std::string first_failure() const;

    /// Descriptor that becomes readable when the worker has something to do.
    [[nodiscard]] int wake_fd(std::uint32_t worker) const { return mailboxes_[worker].wake_fd; }
    /// Messages of these publishers, all of that worker, were received; `publishers` is empty afterwards.
    void deliver(std::uint32_t worker, std::vector<std::uint32_t>& publishers);
    /// What was delivered to the worker since it last asked.
    void collect(std::uint32_t worker, std::vector<std::uint32_t>& publishers);

private:
    struct Mailbox {
        int wake_fd = -1;
        std::vector<std::uint32_t> publishers;
    };
    [[nodiscard]] Totals sum() const;
    void wake(const Mailbox& mailbox) const;

    std::atomic<Phase> phase_{Phase::waiting};
    std::atomic<base::SteadyTime> measured_from_{base::SteadyTime::max()};
    mutable std::mutex mutex_;  // Of everything below.
    std::condition_variable changed_;
    std::uint32_t waiting_ = 0;
    std::vector<Totals> totals_;
    std::vector<Mailbox> mailboxes_;
    std::string first_failure_;
};

}  // namespace muster::fleet
