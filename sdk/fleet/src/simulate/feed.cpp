// SPDX-License-Identifier: Apache-2.0
// Schedules and sensor models.
#include "simulate/feed.hpp"

#include <algorithm>
#include <cmath>

namespace muster::fleet {
namespace {

using std::chrono::nanoseconds;

constexpr double pi = 3.14159265358979323846;

nanoseconds share_of(std::chrono::milliseconds span, double share) {
    return nanoseconds(static_cast<std::int64_t>(static_cast<double>(nanoseconds(span).count()) * share));
}

}  // namespace

nanoseconds start_of(const SimulationPlan& plan, std::uint32_t device) {
    return share_of(plan.start_spread, Draws(plan.seed, DrawFor::start, {device}).fraction());
}

nanoseconds skew_of(const SimulationPlan& plan, std::uint32_t device) {
    return share_of(plan.clock_skew, Draws(plan.seed, DrawFor::clock, {device}).sway());
}

nanoseconds due_time(const SimulationPlan& plan, std::uint32_t device, std::size_t sensor, std::uint64_t index) {
    const SimulatedSensor& said = plan.sensors[sensor];
    nanoseconds first{0};
    if (!said.is_aligned) {
        first = start_of(plan, device) + share_of(said.interval, Draws(plan.seed, DrawFor::phase, {device, sensor}).fraction());
    }
    const nanoseconds later = share_of(said.jitter, Draws(plan.seed, DrawFor::jitter, {device, sensor, index}).fraction());
    return first + static_cast<std::int64_t>(index) * nanoseconds(said.interval) + later;
}

ValueSource::ValueSource(const SimulatedValue& value, Draws draws) : value_(value), draws_(draws), last_(value.start) {
    if (value.is_spread && !value.values.empty()) first_ = static_cast<std::size_t>(base::draw_up_to(draws_, value.values.size() - 1));
}

double ValueSource::plain(nanoseconds at) {
    const auto of_list = [&](std::uint64_t index) {
        return value_.values.empty() ? value_.start : value_.values[static_cast<std::size_t>((first_ + index) % value_.values.size())];
    };
    switch (value_.model) {
        case SensorModel::constant:
            return value_.start;
        case SensorModel::step:
            return of_list(static_cast<std::uint64_t>(at / nanoseconds(value_.hold)));
        case SensorModel::replay:
            return of_list(readings_);
        case SensorModel::daily_cycle: {
            const auto turned = static_cast<double>((at + nanoseconds(value_.phase)).count());
            return value_.mean + value_.amplitude * std::sin(2 * pi * turned / static_cast<double>(nanoseconds(value_.period).count()));
        }
        case SensorModel::random_walk:
            break;
    }
    if (readings_ > 0) last_ = std::clamp(last_ + value_.step * draws_.sway(), value_.least, value_.most);
    return last_;
}

double ValueSource::next(nanoseconds at) {
    const double value = plain(at);
    ++readings_;
    return value_.noise > 0 ? value + value_.noise * draws_.sway() : value;
}

Feed::Feed(const SimulationPlan& plan, std::uint32_t device)
    : plan_(plan), device_(device), skew_(skew_of(plan, device)), lines_(plan.sensors.size()) {
    for (std::size_t sensor = 0; sensor < lines_.size(); ++sensor) {
        Line& line = lines_[sensor];
        const auto& values = plan.sensors[sensor].values;
        for (std::size_t value = 0; value < values.size(); ++value) {
            line.values.emplace_back(values[value], Draws(plan.seed, DrawFor::value, {device, sensor, value}));
        }
        // Before a device has started its aligned sensors say nothing.
        while (due_time(plan, device, sensor, line.taken) < start_of(plan, device)) ++line.taken;
        line.due = due_time(plan, device, sensor, line.taken);
    }
    choose();
}

void Feed::choose() {
    next_time_ = nanoseconds::max();
    for (std::size_t sensor = 0; sensor < lines_.size(); ++sensor) {
        if (lines_[sensor].due >= next_time_ || lines_[sensor].due >= nanoseconds(plan_.duration)) continue;
        next_time_ = lines_[sensor].due;
        next_ = sensor;
    }
}

SimulatedReading Feed::take() {
    Line& line = lines_[next_];
    const auto now = std::chrono::system_clock::now() + std::chrono::duration_cast<std::chrono::system_clock::duration>(skew_);
    SimulatedReading reading{next_, plan_.first_reading + line.taken, now, {}};
    ++line.taken;
    const auto& values = plan_.sensors[next_].values;
    for (std::size_t value = 0; value < values.size(); ++value) {
        reading.values.emplace_back(values[value].name, line.values[value].next(line.due));
    }
    line.due = due_time(plan_, device_, next_, line.taken);
    choose();
    return reading;
}

}  // namespace muster::fleet
