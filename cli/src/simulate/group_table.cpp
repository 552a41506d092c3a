// SPDX-License-Identifier: Apache-2.0
// The keys of a group, and shares that cannot be.
#include "simulate/group_table.hpp"

#include "simulate/device_table.hpp"
#include "simulate/sensor_table.hpp"

#include <string>
#include <utility>

namespace muster::cli::simulate {
namespace {

using namespace std::chrono_literals;
using fleet::SimulatedGroup;
using fleet::SimulatedKind;

constexpr std::int64_t most_devices = 1'000'000;
constexpr std::size_t longest_name = 32;
constexpr double least_share = 1e-6;
constexpr std::chrono::hours week{24 * 7};
constexpr std::chrono::hours most_skew{24 * 3'650};

void read_name(TableReader& table, const Scenario& scenario, SimulatedGroup& group) {
    constexpr const char* allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    table.text("name", group.name);
    table.require("name");
    if (!table.has("name")) return;
    if (group.name.empty() || group.name.size() > longest_name || group.name.find_first_not_of(allowed) != std::string::npos)
        table.complain(table.place_of("name"), "group[].name: '" + group.name + "' is not of 1 to 32 letters, digits, - and _");
    for (const auto& other : scenario.plan.groups) {
        if (other.name == group.name) table.complain(table.place_of("name"), "two groups are named '" + group.name + "'");
    }
}

GroupSize read_size(TableReader& table) {
    GroupSize size;
    double share = 0;
    std::uint32_t devices = 0;
    table.real("share", share, least_share, 1);
    table.integer("devices", devices, 1, most_devices);
    if (share > 0) size.share = share;
    if (devices > 0) size.devices = devices;
    size.place = table.place_of(table.has("devices") ? "devices" : "share");
    if (table.has("share") && table.has("devices")) table.complain(size.place, "group[]: either share or devices");
    return size;
}

void read_sensors(TableReader& table, const std::filesystem::path& directory, const Scenario& scenario, SimulatedGroup& group) {
    // Their keys are those of the scenario's own.
    if (table.only_describes()) {
        table.anything("sensor");
        return;
    }
    table.tables("sensor", [&](TableReader& sensor) { read_sensor(sensor, directory, group.sensors); });
    if (table.has("sensor")) return;
    group.sensors = scenario.plan.sensors;
    if (group.sensors.empty()) table.complain(table.place_of(""), "group[].sensor is missing, and the scenario has none either");
}

}  // namespace

void read_group(TableReader& table, const TomlNode* config, const std::filesystem::path& directory, Scenario& scenario) {
    const fleet::SimulationPlan& plan = scenario.plan;
    SimulatedGroup group;
    group.kind = plan.kind;
    group.start_spread = plan.start_spread;
    group.clock_skew = plan.clock_skew;
    group.has_outbox_files = plan.has_outbox_files;
    read_name(table, scenario, group);
    const GroupSize size = read_size(table);
    table.choice<SimulatedKind>("kind", group.kind, {{"full", SimulatedKind::full}, {"light", SimulatedKind::light}});
    table.duration("start_spread", group.start_spread, 0ms, week);
    table.duration("clock_skew", group.clock_skew, 0ms, most_skew);
    table.choice<bool>("outbox", group.has_outbox_files, {{"file", true}, {"memory", false}});
    read_sensors(table, directory, scenario, group);
    const TomlNode* const own = table.anything("config");
    if (!table.only_describes())
        read_device_config({config, own, table.place_of("outbox"), group.has_outbox_files}, directory, group.config, table);
    table.finish();
    scenario.plan.groups.push_back(std::move(group));
    scenario.sizes.push_back(size);
}

void check_sizes(TableReader& file, const Scenario& scenario) {
    constexpr double rounding = 1e-9;
    if (file.only_describes()) return;
    double shares = 0;
    bool has_rest = false;
    bool has_devices = false;
    for (const auto& size : scenario.sizes) {
        const bool is_rest = !size.share && !size.devices;
        if (is_rest && has_rest)
            return file.complain(size.place, "group[]: only one can do without share and devices: it has the devices that are left");
        has_rest = has_rest || is_rest;
        has_devices = has_devices || size.devices;
        shares += size.share.value_or(0);
        if (shares > 1 + rounding) return file.complain(size.place, "group[].share: the groups have more than all devices together");
        if (is_rest && shares > 1 - rounding) return file.complain(size.place, "group[]: the groups before it have all devices");
    }
    if (scenario.sizes.empty() || has_rest || has_devices || shares > 1 - rounding) return;
    file.complain(scenario.sizes.back().place, "group[].share: some devices are in no group; a group without share and devices has them");
}

}  // namespace muster::cli::simulate
