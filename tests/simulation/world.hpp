// SPDX-License-Identifier: Apache-2.0
// The judge of a run, and what every part of it is given: time, chance, the judge, the trace.
#pragma once

#include "timeline.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>

namespace muster::test {

/// What is promised, and checked at every step.
enum class Promise : std::uint8_t {
    accounting,       // accepted = delivered + dropped + waiting, and the broker has what is delivered.
    order,            // First deliveries keep their topic's order.
    window,           // No more in flight than device and broker allow.
    subscribe_first,  // Nothing is sent before the subscriptions of the connection are answered.
    backoff,          // Delays are within their bounds, and nothing loops.
    storm,            // A fleet does not come back in step.
    takeover,         // Two devices with one client id do not fight.
    drain,            // What waits is delivered soon after the weather is good.
    bounds,           // The outbox holds no more than it may.
    resend,           // What is answered is not sent again.
    link,             // One link at a time, used only while it is up, closed when it is given up.
    stop,             // A stop ends when it should.
    progress,         // Time passes.
    expiry,           // What has expired is not sent, and nothing is given up before.
    pace,             // A backlog is sent no faster than it may.
    message_id,       // A message is always sent under one id, and no two under the same.
};

[[nodiscard]] const char* name_of(Promise promise) noexcept;

struct Verdict {
    Promise promise;
    std::size_t device;  // 0: none in particular.
    std::string words;
    std::uint64_t step;
    SteadyTime time;
};

/// Threads: one.
class World {
public:
    World(std::uint64_t seed, bool is_traced) : chance(seed), is_traced_(is_traced) {}

    Timeline timeline;
    Chance chance;

    [[nodiscard]] SteadyTime now() const { return timeline.now(); }
    /// Keeps the first broken promise.
    void require(bool holds, Promise promise, std::size_t device, const char* words) {
        if (!holds && !verdict_) verdict_ = Verdict{promise, device, words, timeline.steps(), timeline.now()};
    }
    [[nodiscard]] const std::optional<Verdict>& verdict() const { return verdict_; }
    /// One line of the trace: when, who, what, with a number that is its own.
    void note(std::size_t device, const char* what, std::uint64_t number = 0) const {
        if (is_traced_) print(device, what, number);
    }
    /// Since the run began.
    [[nodiscard]] static double seconds(SteadyTime time) {
        return std::chrono::duration<double>(time - SteadyTime(std::chrono::hours(1))).count();
    }

private:
    void print(std::size_t device, const char* what, std::uint64_t number) const {
        std::printf("%8llu %12.3f d%-4zu %s %llu\n", static_cast<unsigned long long>(timeline.steps()), seconds(timeline.now()), device,
                    what, static_cast<unsigned long long>(number));
    }

    bool is_traced_;
    std::optional<Verdict> verdict_;
};

inline const char* name_of(Promise promise) noexcept {
    constexpr const char* names[] = {"accounting", "order", "window", "subscribe_first", "backoff", "storm", "takeover",  "drain", "bounds",
                                     "resend",     "link",  "stop",   "progress",        "expiry",  "pace",  "message_id"};
    return names[static_cast<std::size_t>(promise)];
}

}  // namespace muster::test
