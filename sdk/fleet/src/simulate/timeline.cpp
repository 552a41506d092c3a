// SPDX-License-Identifier: Apache-2.0
// Events made steps.
#include "simulate/timeline.hpp"

#include "simulate/draws.hpp"
#include "simulate/groups.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace muster::fleet {

using std::chrono::nanoseconds;

std::vector<std::uint32_t> chosen(const SimulationPlan& plan, std::uint64_t event, std::uint64_t occurrence, double share,
                                  std::optional<std::uint32_t> group) {
    const DeviceRange range = range_of(plan, group);
    std::vector<std::uint32_t> devices(range.count);
    std::iota(devices.begin(), devices.end(), range.first);
    const auto wanted = static_cast<std::size_t>(std::llround(share * static_cast<double>(devices.size())));
    const std::size_t count = std::clamp<std::size_t>(wanted, 1, devices.size());
    if (count == devices.size()) return devices;
    // The first places of a shuffle (Fisher, Yates).
    Draws draws(plan.seed, DrawFor::choice, {event, occurrence});
    for (std::size_t place = 0; place < count; ++place) {
        std::swap(devices[place], devices[place + static_cast<std::size_t>(base::draw_up_to(draws, devices.size() - 1 - place))]);
    }
    devices.resize(count);
    std::sort(devices.begin(), devices.end());
    return devices;
}

namespace {

// Draws of rivals are other draws than those of outages.
constexpr std::uint64_t first_rival = 1ULL << 32U;

template <class Event>
void add_steps(const SimulationPlan& plan, const std::vector<Event>& events, StepKind begin, StepKind end, std::uint64_t first_event,
               std::vector<TimelineStep>& steps) {
    for (std::size_t event = 0; event < events.size(); ++event) {
        const Event& one = events[event];
        std::uint64_t occurrence = 0;
        for (nanoseconds at = one.at; at < nanoseconds(plan.duration); at += one.every) {
            auto devices = chosen(plan, first_event + event, occurrence++, one.share, one.group);
            const nanoseconds over = std::min(at + nanoseconds(one.duration), nanoseconds(plan.duration));
            steps.push_back({at, begin, event, devices});
            steps.push_back({over, end, event, std::move(devices)});
            if (one.every.count() == 0) break;
        }
    }
}

}  // namespace

std::vector<TimelineStep> timeline_of(const SimulationPlan& plan) {
    std::vector<TimelineStep> steps;
    add_steps(plan, plan.outages, StepKind::cut, StepKind::restore, 0, steps);
    add_steps(plan, plan.rivals, StepKind::appear, StepKind::leave, first_rival, steps);
    std::stable_sort(steps.begin(), steps.end(), [](const TimelineStep& a, const TimelineStep& b) { return a.at < b.at; });
    return steps;
}

}  // namespace muster::fleet
