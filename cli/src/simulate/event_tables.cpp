// SPDX-License-Identifier: Apache-2.0
// Outages and storms.
#include "simulate/event_tables.hpp"

#include "tree/suggestion.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace muster::cli::simulate {
namespace {

using namespace std::chrono_literals;
using fleet::SimulatedOutage;

constexpr std::chrono::hours week{24 * 7};
constexpr double least_share = 1e-6;

template <class Event>
void read_group_name(TableReader& table, const fleet::SimulationPlan& plan, Event& event) {
    std::string name;
    table.text("group", name);
    if (!table.has("group")) return;
    std::vector<std::string> names;
    for (const auto& group : plan.groups) {
        if (group.name == name) event.group = static_cast<std::uint32_t>(names.size());
        names.push_back(group.name);
    }
    if (event.group || name.empty()) return;
    const std::string meant = nearest(name, names);
    const char* const why = names.empty() ? "; the scenario has no [[group]]" : "";
    table.complain(table.place_of("group"), "there is no group '" + name + "'" + (meant.empty() ? why : "; did you mean " + meant + "?"));
}

template <class Event>
void read_when(TableReader& table, const fleet::SimulationPlan& plan, Event& event) {
    table.duration("at", event.at, 0ms, week);
    table.duration("every", event.every, 1ms, week);
    table.require("at");
    read_group_name(table, plan, event);
}

void read_cut(TableReader& table, const fleet::SimulationPlan& plan, SimulatedOutage& outage) {
    read_when(table, plan, outage);
    table.choice<bool>("kind", outage.is_silent, {{"reset", false}, {"silent", true}});
}

void read_rival(TableReader& table, bool comes_back, fleet::SimulationPlan& plan) {
    fleet::SimulatedRival rival;
    rival.comes_back = comes_back;
    read_when(table, plan, rival);
    table.duration("for", rival.duration, 1ms, week);
    table.real("share", rival.share, least_share, 1);
    table.finish();
    plan.rivals.push_back(rival);
}

}  // namespace

void read_outage(TableReader& table, fleet::SimulationPlan& plan) {
    SimulatedOutage outage;
    read_cut(table, plan, outage);
    table.duration("for", outage.duration, 1ms, week);
    table.require("for");
    table.real("share", outage.share, least_share, 1);
    table.finish();
    plan.outages.push_back(outage);
}

void read_storm(TableReader& table, fleet::SimulationPlan& plan) {
    SimulatedOutage storm;
    storm.is_storm = true;
    read_cut(table, plan, storm);
    table.duration("for", storm.duration, 0ms, week);
    table.finish();
    plan.outages.push_back(storm);
}

void read_collision(TableReader& table, fleet::SimulationPlan& plan) {
    read_rival(table, true, plan);
}

void read_takeover(TableReader& table, fleet::SimulationPlan& plan) {
    read_rival(table, false, plan);
}

}  // namespace muster::cli::simulate
