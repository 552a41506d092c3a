// SPDX-License-Identifier: Apache-2.0
// Largest remainders (Hamilton), with a device for everybody.
#include "simulate/allotment.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

namespace muster::cli::simulate {
namespace {

std::uint64_t sum_of(const std::vector<std::uint64_t>& parts) {
    return std::accumulate(parts.begin(), parts.end(), std::uint64_t{0});
}

std::uint32_t counted_devices(const Scenario& scenario) {
    std::uint32_t sum = 0;
    for (const auto& size : scenario.sizes) sum += size.devices.value_or(0);
    return sum;
}

bool are_all_counted(const Scenario& scenario) {
    return std::all_of(scenario.sizes.begin(), scenario.sizes.end(), [](const GroupSize& size) { return size.devices.has_value(); });
}

/// Rounds the shares so that they have `wanted` devices together, which is at least one for each.
void round_shares(const std::vector<GroupSize>& sizes, std::uint64_t devices, std::uint64_t wanted, std::vector<std::uint64_t>& parts) {
    std::vector<double> exact(sizes.size(), 0);
    std::vector<std::size_t> sharing;
    for (std::size_t group = 0; group < sizes.size(); ++group) {
        if (!sizes[group].share) continue;
        exact[group] = *sizes[group].share * static_cast<double>(devices);
        parts[group] = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(exact[group] + 1e-9));
        sharing.push_back(group);
    }
    const auto missing = [&](std::size_t group) { return exact[group] - static_cast<double>(parts[group]); };
    const auto has = [&] {
        std::uint64_t sum = 0;
        for (const auto group : sharing) sum += parts[group];
        return sum;
    };
    const auto by_missing = [&](std::size_t a, std::size_t b) { return missing(a) < missing(b); };
    while (!sharing.empty() && has() < wanted) ++parts[*std::max_element(sharing.begin(), sharing.end(), by_missing)];
    while (has() > wanted) {
        // Who has but one keeps it.
        const auto spare = [&](std::size_t a, std::size_t b) {
            return (parts[a] > 1) != (parts[b] > 1) ? parts[a] > 1 : missing(a) < missing(b);
        };
        --parts[*std::min_element(sharing.begin(), sharing.end(), spare)];
    }
}

TomlProblem too_many(const Scenario& scenario, std::uint64_t together) {
    const auto last = std::find_if(scenario.sizes.rbegin(), scenario.sizes.rend(), [](const GroupSize& size) { return size.devices; });
    const TomlPlace place = last == scenario.sizes.rend() ? scenario.sizes.back().place : last->place;
    return {place, "the groups have " + std::to_string(together) + " devices together, and the run has " +
                       std::to_string(scenario.devices) + ": raise --clients, or lower devices of a group"};
}

}  // namespace

std::optional<TomlProblem> allot(Scenario& scenario, std::optional<std::uint32_t> asked) {
    const auto& sizes = scenario.sizes;
    if (!sizes.empty() && are_all_counted(scenario) && !scenario.says_devices) scenario.devices = counted_devices(scenario);
    scenario.devices = asked.value_or(scenario.devices);
    if (sizes.empty()) return std::nullopt;

    const std::uint64_t devices = scenario.devices;
    if (devices < sizes.size()) {
        return TomlProblem{sizes[devices].place, "a group has at least one device, and the run has " + std::to_string(devices) + " for " +
                                                     std::to_string(sizes.size()) + " groups: raise --clients"};
    }
    const std::uint64_t counted = counted_devices(scenario);
    const auto sharing = static_cast<std::uint64_t>(std::count_if(sizes.begin(), sizes.end(), [](const auto& size) { return size.share; }));
    const auto rest = std::find_if(sizes.begin(), sizes.end(), [](const GroupSize& size) { return !size.share && !size.devices; });
    const std::uint64_t others = sharing + (rest != sizes.end() ? 1 : 0);
    if (counted + others > devices) return too_many(scenario, counted + others);

    std::vector<std::uint64_t> parts;
    for (const auto& size : sizes) parts.push_back(size.devices.value_or(0));
    double shared = 0;
    for (const auto& size : sizes) shared += size.share.value_or(0) * static_cast<double>(devices);
    const std::uint64_t left = devices - counted;
    if (rest != sizes.end()) {
        const auto rounded = std::max<std::uint64_t>(sharing, static_cast<std::uint64_t>(std::llround(shared)));
        if (rounded + 1 > left) return too_many(scenario, counted + rounded + 1);
        round_shares(sizes, devices, rounded, parts);
        parts[static_cast<std::size_t>(rest - sizes.begin())] = left - rounded;
    } else {
        // What rounding alone makes of them.
        if (static_cast<double>(left) - shared <= -1) return too_many(scenario, counted + static_cast<std::uint64_t>(std::llround(shared)));
        if (static_cast<double>(left) - shared >= 1) {
            return TomlProblem{sizes.back().place, "the groups have " +
                                                       std::to_string(counted + static_cast<std::uint64_t>(std::llround(shared))) +
                                                       " devices together, and the run has " + std::to_string(devices) +
                                                       ": lower --clients, or add a group without share and devices, which has the others"};
        }
        round_shares(sizes, devices, left, parts);
    }
    MUSTER_REQUIRE(sum_of(parts) == devices);
    for (std::size_t group = 0; group < parts.size(); ++group)
        scenario.plan.groups[group].devices = static_cast<std::uint32_t>(parts[group]);
    return std::nullopt;
}

}  // namespace muster::cli::simulate
