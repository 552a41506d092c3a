// SPDX-License-Identifier: Apache-2.0
// The device's time and randomness: the application's, or the machine's.
#include "device/sources.hpp"

#include <chrono>

namespace muster::device {
namespace {

/// Ages by a clock whose beginning nobody knows: it is of no boot of the machine, and nobody keeps it right.
/// Threads: as the clock.
class AgeByClock final : public base::AgeClock {
public:
    explicit AgeByClock(const base::Clock& clock) : clock_(clock) {}
    base::ClockReading read() override { return {0, in_milliseconds(clock_.now()), in_milliseconds(clock_.wall_now()), false}; }

private:
    template <class Time>
    static std::int64_t in_milliseconds(Time time) {
        return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
    }
    const base::Clock& clock_;
};

}  // namespace

std::unique_ptr<base::AgeClock> Sources::age_clock() const {
    if (given_clock_ == nullptr) return nullptr;
    return std::make_unique<AgeByClock>(*given_clock_);
}

std::uint64_t Sources::OneAtATime::next() {
    if (given_ == nullptr) return machine_.next();
    const std::lock_guard lock(mutex_);
    return given_->next();
}

}  // namespace muster::device
