// SPDX-License-Identifier: Apache-2.0
// A load as a whole: connects, sends, is measured, stops.
#pragma once

#include "load/board.hpp"
#include "load/histogram.hpp"
#include "load/plan.hpp"

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

namespace muster::fleet {

class Worker;

/// How connecting went.
struct Connected {
    std::chrono::nanoseconds duration{0};  ///< From the first connection's start to the last CONNACK.
};

/// open -> connect -> begin -> (measure) -> drain -> stop; what comes after `connect` may be left out.
/// Threads: one.
class Fleet {
public:
    /// Starts the threads, which wait. Raises the process's limit of open files if it must. Fails with Code::invalid_argument, Code::io.
    static Result<std::unique_ptr<Fleet>> open(Plan plan);
    ~Fleet();
    Fleet(const Fleet&) = delete;
    Fleet& operator=(const Fleet&) = delete;

    /// The subscribers first, then the publishers, whose time is reported. Fails with Code::unreachable, naming the first connection that
    /// failed, or Code::timeout.
    Result<Connected> connect(std::chrono::milliseconds timeout);
    /// Cuts every publisher and connects all of them again, as `connect` does.
    Result<Connected> reconnect(std::chrono::milliseconds timeout);
    void begin();
    /// From now on latencies count.
    void measure();
    [[nodiscard]] Totals totals() const { return board_.totals(); }
    /// Whether it became true in time.
    bool wait_until(const std::function<bool(const Totals&)>& is_done, std::chrono::milliseconds timeout);
    /// Sends no more and waits for what is on its way; whether all of it came.
    bool drain(std::chrono::milliseconds timeout);
    /// Closes every connection and ends the threads.
    void stop();

    /// From the time a message should have left to its receipt. After `stop`.
    [[nodiscard]] Histogram latencies() const;
    /// From a connection's start to its CONNACK, a subscriber's to its SUBACK. After `stop`.
    [[nodiscard]] Histogram connect_times() const;
    [[nodiscard]] std::string first_failure() const { return board_.first_failure(); }

private:
    explicit Fleet(Plan plan);
    Result<Connected> connect_publishers(std::chrono::milliseconds timeout);
    Result<void> connect_group(Phase phase, std::uint32_t count, std::uint64_t Totals::*ready, std::chrono::milliseconds timeout);

    const Plan plan_;
    Board board_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::vector<std::thread> threads_;
};

}  // namespace muster::fleet
