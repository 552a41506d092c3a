// SPDX-License-Identifier: Apache-2.0
// Virtual time and chance: what every part of a simulated fleet shares.
#pragma once

#include "base/clock.hpp"
#include "support/seeded_random.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace muster::test {

using base::SteadyTime;
using std::chrono::milliseconds;

/// All that is not the device's own randomness is drawn from one seed.
class Chance {
public:
    explicit Chance(std::uint64_t seed) : random_(seed) {}

    /// From [0, bound].
    std::uint64_t draw(std::uint64_t bound) { return base::draw_up_to(random_, bound); }
    std::uint64_t between(std::uint64_t least, std::uint64_t most) { return least + draw(most - least); }
    milliseconds up_to(milliseconds bound) {
        return milliseconds(static_cast<std::int64_t>(draw(static_cast<std::uint64_t>(std::max<std::int64_t>(bound.count(), 0)))));
    }
    /// Around `mean`: evenly from [0, 2 * mean].
    milliseconds around(milliseconds mean) { return up_to(2 * mean); }
    bool happens(std::uint64_t percent) { return draw(99) < percent; }

private:
    SeededRandom random_;
};

/// A queue of events; those of the same moment happen in the order in which they were planned.
class Timeline {
public:
    using Happening = std::function<void()>;

    [[nodiscard]] SteadyTime now() const { return now_; }
    /// How many events have happened: where a run is, the same in every replay.
    [[nodiscard]] std::uint64_t steps() const { return steps_; }
    /// Of these since time passed last.
    [[nodiscard]] std::uint64_t steps_at_this_moment() const { return steps_at_this_moment_; }
    void at(SteadyTime time, Happening happening) {
        events_.push_back({std::max(time, now_), planned_++, std::move(happening)});
        std::push_heap(events_.begin(), events_.end(), is_later);
    }
    void later(milliseconds delay, Happening happening) { at(now_ + delay, std::move(happening)); }

    /// The next event happens. False: there is none until `end`, and that is now.
    bool step_until(SteadyTime end) {
        if (events_.empty() || events_.front().time > end) {
            now_ = std::max(now_, end);
            return false;
        }
        std::pop_heap(events_.begin(), events_.end(), is_later);
        const Event event = std::move(events_.back());
        events_.pop_back();
        steps_at_this_moment_ = event.time > now_ ? 0 : steps_at_this_moment_ + 1;
        now_ = event.time;
        ++steps_;
        event.happening();
        return true;
    }

private:
    struct Event {
        SteadyTime time;
        std::uint64_t order;
        Happening happening;
    };
    static bool is_later(const Event& a, const Event& b) { return a.time != b.time ? a.time > b.time : a.order > b.order; }

    SteadyTime now_{std::chrono::hours(1)};
    std::uint64_t steps_ = 0;
    std::uint64_t steps_at_this_moment_ = 0;
    std::uint64_t planned_ = 0;
    std::vector<Event> events_;  // A heap.
};

}  // namespace muster::test
