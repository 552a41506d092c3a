// SPDX-License-Identifier: Apache-2.0
// The device's time and randomness: the application's, or the machine's.
#pragma once

#include "base/age_clock.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"

#include <memory>
#include <mutex>

namespace muster::device {

/// Threads: any, whatever the application's can.
class Sources {
public:
    /// Both are borrowed; nullptr: the machine's.
    explicit Sources(const base::Clock* clock = nullptr, base::Random* random = nullptr) : given_clock_(clock), one_at_a_time_(random) {}

    [[nodiscard]] const base::Clock& clock() const { return given_clock_ != nullptr ? *given_clock_ : machine_clock_; }
    [[nodiscard]] base::Random& random() const { return one_at_a_time_; }
    /// What the outbox measures ages by; nullptr: the machine's.
    [[nodiscard]] std::unique_ptr<base::AgeClock> age_clock() const;

private:
    /// The loop, the storage thread and the renewal draw on threads of their own.
    class OneAtATime final : public base::Random {
    public:
        explicit OneAtATime(base::Random* given) : given_(given) {}
        std::uint64_t next() override;

    private:
        std::mutex mutex_;
        base::Random* const given_;
        base::SystemRandom machine_;
    };

    const base::Clock* const given_clock_;
    base::SystemClock machine_clock_;
    mutable OneAtATime one_at_a_time_;
};

}  // namespace muster::device
