// SPDX-License-Identifier: Apache-2.0
// Virtual time, chance, and the judge: what every part of a simulated world shares.
#pragma once

#include "base/clock.hpp"
#include "support/seeded_random.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace muster::test {

using std::chrono::milliseconds;

/// What is made wrong on purpose, outside the session, as if the session did it: each must be found.
enum class Bug : std::uint8_t {
    none,
    settles_when_sent,         // A record is let go when it is sent, not when it is acknowledged.
    forgets_release_all,       // A lost connection gives nothing back.
    forgets_release,           // What a busy broker refused is not given back.
    sends_before_subscribed,   // A subscription is taken for answered when it is asked for.
    resends_newest_first,      // What was given back comes in the wrong order.
    storage_out_of_order,      // The outbox's actions are carried out in another order than they were emitted.
    believes_late_records,     // Records fetched for a link that is gone are taken for the current one's.
    believes_late_answers,     // So are acknowledgements.
    forgets_to_close,          // A link that is given up is not closed.
    ignores_the_window,        // More is sent than the window allows.
    ignores_the_cap,           // Delays grow beyond the cap.
    ignores_the_floor,         // A refusal is retried like a fault of the network.
    never_starts_over,         // A stable connection does not shorten the delay.
    reconnects_without_delay,  // A failure is retried at once.
    drops_when_busy,           // A refusal for now is taken for one for good.
    ignores_the_stop,          // A stop does not end at its deadline.
    count,
};

/// Keeps the first broken promise.
class Judge {
public:
    void require(bool holds, const char* broken_promise) {
        if (!holds && !verdict_) verdict_ = broken_promise;
    }
    [[nodiscard]] const std::optional<std::string>& verdict() const { return verdict_; }

private:
    std::optional<std::string> verdict_;
};

/// Events of the same moment happen in the order in which they were planned.
class Timeline {
public:
    explicit Timeline(std::uint64_t seed) : random_(seed) {}

    [[nodiscard]] base::SteadyTime now() const { return now_; }
    std::uint64_t draw(std::uint64_t bound) { return base::draw_up_to(random_, bound); }
    milliseconds draw_ms(std::uint64_t bound) { return milliseconds(static_cast<std::int64_t>(draw(bound))); }
    bool happens(std::uint64_t percent) { return draw(99) < percent; }
    void at(base::SteadyTime time, std::function<void()> event) { events_.emplace(std::max(time, now_), std::move(event)); }
    void later(milliseconds delay, std::function<void()> event) { at(now_ + delay, std::move(event)); }

    /// Goes to the next event, which happens, or to `deadline` if that comes first.
    void advance(std::optional<base::SteadyTime> deadline) {
        if (!events_.empty() && (!deadline || events_.begin()->first <= *deadline)) {
            now_ = std::max(now_, events_.begin()->first);
            const auto event = std::move(events_.begin()->second);
            events_.erase(events_.begin());
            event();
        } else {
            now_ = deadline ? std::max(now_, *deadline) : now_ + std::chrono::minutes(1);
        }
    }

private:
    SeededRandom random_;
    base::SteadyTime now_{std::chrono::hours(1)};
    std::multimap<base::SteadyTime, std::function<void()>> events_;
};

}  // namespace muster::test
