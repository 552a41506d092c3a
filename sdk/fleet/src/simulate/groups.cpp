// SPDX-License-Identifier: Apache-2.0
// Taking a plan apart.
#include "simulate/groups.hpp"

#include "simulate/draws.hpp"

#include <algorithm>
#include <utility>

namespace muster::fleet {

std::vector<AlikeDevices> alike_devices(const SimulationPlan& plan) {
    const std::string_view prefix = plan.observer ? std::string_view(plan.observer->prefix) : std::string_view();
    if (plan.groups.empty()) {
        const auto all = static_cast<std::uint32_t>(plan.devices.size());
        return {{"", {0, all}, plan.kind, plan.config, plan.sensors, plan.start_spread, plan.clock_skew, plan.has_outbox_files, prefix}};
    }
    std::vector<AlikeDevices> all;
    std::uint32_t first = 0;
    for (const auto& group : plan.groups) {
        all.push_back({group.name,
                       {first, group.devices},
                       group.kind,
                       group.config,
                       group.sensors,
                       group.start_spread,
                       group.clock_skew,
                       group.has_outbox_files,
                       group.prefix.empty() ? prefix : group.prefix});
        first += group.devices;
    }
    return all;
}

DeviceRange range_of(const SimulationPlan& plan, std::optional<std::uint32_t> group) {
    if (!group) return {0, static_cast<std::uint32_t>(plan.devices.size())};
    return alike_devices(plan)[*group].range;
}

SimulationPlan plan_of_group(const SimulationPlan& plan, std::uint32_t group) {
    const AlikeDevices alike = alike_devices(plan)[group];
    SimulationPlan part = plan;
    const auto first = plan.devices.begin() + alike.range.first;
    part.devices.assign(first, first + alike.range.count);
    part.groups.clear();
    part.seed = Draws(plan.seed, DrawFor::group, {group}).next();
    part.kind = alike.kind;
    part.config = alike.config;
    part.sensors = alike.sensors;
    part.start_spread = alike.start_spread;
    part.clock_skew = alike.clock_skew;
    part.has_outbox_files = alike.has_outbox_files;
    const auto is_another_s = [group](const SimulatedOutage& outage) { return outage.group && *outage.group != group; };
    part.outages.erase(std::remove_if(part.outages.begin(), part.outages.end(), is_another_s), part.outages.end());
    part.rivals.clear();
    return part;
}

}  // namespace muster::fleet
