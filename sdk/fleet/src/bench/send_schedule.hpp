// SPDX-License-Identifier: Apache-2.0
// When each message of a run is meant to leave, and which worker's it is. Decisions only; time is handed in.
#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <optional>

namespace muster::fleet {

/// Open loop: message k of the run is due k / rate after the start and belongs to publisher k modulo their number, whatever became of those
/// before. Latency counted from the due time shows a broker that stalls; counted from the sending it would hide the stall in messages that
/// were never sent (coordinated omission).
class SendSchedule {
public:
    struct Shape {
        base::SteadyTime start;
        double rate = 1;               ///< Messages a second, above 0.
        std::uint32_t publishers = 1;  ///< Of all workers.
        std::uint64_t total = 0;       ///< Messages of all publishers; none is due after.
        std::uint32_t worker = 0;
        std::uint32_t workers = 1;  ///< Publisher p belongs to worker p modulo their number.
    };
    struct Message {
        std::uint32_t slot = 0;  ///< Its publisher is slot * workers + worker.
        std::uint64_t sequence = 0;
    };

    explicit SendSchedule(const Shape& shape);

    /// This worker's next message if it is due; each is returned once.
    std::optional<Message> next_due(base::SteadyTime now);
    /// When the next one is due; none: there is none.
    [[nodiscard]] std::optional<base::SteadyTime> next_time() const;
    [[nodiscard]] base::SteadyTime intended(std::uint32_t slot, std::uint64_t sequence) const;

private:
    [[nodiscard]] std::uint64_t number_of(const Message& message) const;

    Shape shape_;
    double period_ns_;
    std::uint32_t slots_;
    Message next_;
};

constexpr std::chrono::microseconds least_turn{100};

/// How long a worker may sleep over a message that is due, so that several leave together: 0.1 ms, for waking for each would cost more than
/// sending it. From 4,000 messages a second of a worker on 0.5 ms, and what comes meanwhile is read together, too: being woken for
/// each answer is half of what a message costs. Up to 1 ms where that makes four messages of one client one write.
[[nodiscard]] std::chrono::nanoseconds turn_of(double rate, std::uint32_t publishers, std::uint32_t workers);

/// How many messages a run has: what its time allows, within its limits; 0 means no limit.
[[nodiscard]] std::uint64_t messages_in(std::chrono::nanoseconds time, double rate, std::uint64_t each, std::uint32_t publishers,
                                        std::uint64_t limit);

}  // namespace muster::fleet
