// SPDX-License-Identifier: Apache-2.0
// A scenario on its way.
#include "faults/timeline.hpp"

#include "faults/draw.hpp"

#include <algorithm>
#include <utility>

namespace muster::testbroker::faults {

Timeline::Timeline(Scenario scenario, base::SteadyTime start) : steps_(std::move(scenario.steps)), start_(start) {
    for (std::size_t i = 0; i < steps_.size(); ++i) {
        auto& seed = steps_[i].fault.seed;
        if (seed == 0) seed = mix(mix(scenario.seed) ^ i);
    }
    std::stable_sort(steps_.begin(), steps_.end(), [](const ScenarioStep& a, const ScenarioStep& b) { return a.at < b.at; });
}

std::vector<Fault> Timeline::due(base::SteadyTime now) {
    std::vector<Fault> faults;
    for (; given_ < steps_.size() && start_ + steps_[given_].at <= now; ++given_) faults.push_back(std::move(steps_[given_].fault));
    return faults;
}

std::optional<base::SteadyTime> Timeline::next() const {
    if (given_ == steps_.size()) return std::nullopt;
    return start_ + steps_[given_].at;
}

}  // namespace muster::testbroker::faults
