// SPDX-License-Identifier: Apache-2.0
// One run of the model.
#include "storm.hpp"

#include "event_queue.hpp"

#include <algorithm>
#include <cmath>

namespace muster::storm {
namespace {

constexpr std::uint64_t us_per_ms = 1'000;
constexpr std::uint64_t us_per_s = 1'000'000;
// Devices that all draw up to a hint would come, on average, after 0.6 of it: so the broker names a time that makes that their turn.
constexpr double mean_of_a_hint = 0.6;

std::uint64_t us(milliseconds time) {
    return static_cast<std::uint64_t>(time.count()) * us_per_ms;
}

/// Attempts that reach the broker, by the time of arrival.
class Arrivals {
public:
    explicit Arrivals(std::uint64_t window_us) : window_us_(window_us) {}
    void add(std::uint64_t time) {
        const auto window = time / window_us_;
        if (window != current_) count_ = 0;
        current_ = window;
        peak_ = std::max(peak_, ++count_);
    }
    [[nodiscard]] std::uint64_t peak() const { return peak_; }

private:
    std::uint64_t window_us_;
    std::uint64_t current_ = 0;
    std::uint64_t count_ = 0;
    std::uint64_t peak_ = 0;
};

/// Does one handshake after the other; knows of each at its arrival when it will be done.
class Broker {
public:
    explicit Broker(const Scenario& scenario)
        : work_us_(static_cast<double>(us_per_s) / scenario.per_second),
          timeout_us_(us(scenario.connect_timeout)),
          hints_(scenario.hints) {}

    struct Answer {
        std::uint64_t time_us;  ///< When the client knows.
        std::optional<Failure> failure;
    };
    [[nodiscard]] Answer connect(std::uint64_t now) {
        const auto begin = std::max(free_at_, static_cast<double>(now));
        if (hints_ && begin - static_cast<double>(now) > static_cast<double>(us(hints_->backlog))) return shed(now, begin);
        free_at_ = begin + work_us_;
        const auto done = static_cast<std::uint64_t>(free_at_);
        if (done <= now + timeout_us_) return {done, std::nullopt};
        wasted_ += 1;
        return {now + timeout_us_, Failure{Code::timeout, std::nullopt}};
    }
    [[nodiscard]] double wasted() const { return wasted_; }

private:
    // Who is turned away gets a turn: the next one that is not promised yet.
    Answer shed(std::uint64_t now, double begin) {
        free_at_ = begin + hints_->cost * work_us_;
        wasted_ += hints_->cost;
        turn_ = std::max(turn_, begin) + work_us_;
        const auto done = static_cast<std::uint64_t>(free_at_);
        if (done > now + timeout_us_) return {now + timeout_us_, Failure{Code::timeout, std::nullopt}};
        const auto hint = std::ceil((turn_ - free_at_) / mean_of_a_hint / static_cast<double>(us_per_s));
        return {done, Failure{Code::unavailable, std::chrono::seconds(static_cast<std::int64_t>(std::max(hint, 1.0)))}};
    }

    double work_us_;
    std::uint64_t timeout_us_;
    std::optional<Hints> hints_;
    double free_at_ = 0;
    double turn_ = 0;
    double wasted_ = 0;
};

}  // namespace

Figures run(const Scenario& scenario, Policy& policy) {
    const auto back_at = us(scenario.outage);
    const auto end = back_at + us(scenario.ideal()) * scenario.patience;
    const auto curve_step = std::max<std::uint64_t>(1, (end - back_at) / 100);
    EventQueue events;
    for (std::uint32_t device = 0; device < scenario.devices; ++device) events.push({us(policy.after_loss(device)), device});

    Broker broker(scenario);
    Arrivals per_second(us_per_s);
    Arrivals per_100_ms(us_per_s / 10);
    std::uint64_t attempts = 0;
    std::vector<std::uint64_t> connected_at;
    connected_at.reserve(scenario.devices);
    while (!events.is_empty()) {
        const Event event = events.pop();
        if (event.time_us >= end) break;
        ++attempts;
        Broker::Answer answer{event.time_us, Failure{}};
        if (event.time_us >= back_at) {
            per_second.add(event.time_us);
            per_100_ms.add(event.time_us);
            answer = broker.connect(event.time_us);
        } else if (scenario.kind == Outage::silent) {
            answer = {event.time_us + us(scenario.connect_timeout), Failure{Code::timeout, std::nullopt}};
        }
        if (!answer.failure) {
            connected_at.push_back(answer.time_us - back_at);
            continue;
        }
        events.push({answer.time_us + us(policy.after(event.device, *answer.failure)), event.device});
    }

    std::sort(connected_at.begin(), connected_at.end());
    const auto time_of = [&](double share) -> std::optional<double> {
        const auto needed = static_cast<std::size_t>(std::ceil(share * scenario.devices));
        if (needed == 0 || connected_at.size() < needed) return std::nullopt;
        return static_cast<double>(connected_at[needed - 1]) / static_cast<double>(us_per_s);
    };
    Figures figures;
    figures.peak_per_second = static_cast<double>(per_second.peak());
    figures.peak_per_100_ms = static_cast<double>(per_100_ms.peak());
    figures.wasted_per_device = broker.wasted() / scenario.devices;
    figures.attempts_per_device = static_cast<double>(attempts) / scenario.devices;
    figures.connected = static_cast<double>(connected_at.size()) / scenario.devices;
    figures.t50 = time_of(0.5);
    figures.t99 = time_of(0.99);
    figures.t100 = time_of(1);
    for (std::uint64_t i = 1; i <= 100; ++i) {
        const auto until = std::upper_bound(connected_at.begin(), connected_at.end(), i * curve_step);
        figures.curve.push_back(static_cast<double>(until - connected_at.begin()) / scenario.devices);
    }
    return figures;
}

}  // namespace muster::storm
