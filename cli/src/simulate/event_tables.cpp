// SPDX-License-Identifier: Apache-2.0
// Outages and storms.
#include "simulate/event_tables.hpp"

#include <chrono>
#include <utility>

namespace muster::cli::simulate {
namespace {

using namespace std::chrono_literals;
using fleet::SimulatedOutage;

constexpr std::chrono::hours week{24 * 7};
constexpr double least_share = 1e-6;

void read_when(TableReader& table, std::chrono::milliseconds& at, std::chrono::milliseconds& every) {
    table.duration("at", at, 0ms, week);
    table.duration("every", every, 1ms, week);
    table.require("at");
}

void read_cut(TableReader& table, SimulatedOutage& outage) {
    read_when(table, outage.at, outage.every);
    table.choice<bool>("kind", outage.is_silent, {{"reset", false}, {"silent", true}});
}

void read_rival(TableReader& table, bool comes_back, fleet::SimulationPlan& plan) {
    fleet::SimulatedRival rival;
    rival.comes_back = comes_back;
    read_when(table, rival.at, rival.every);
    table.duration("for", rival.duration, 1ms, week);
    table.real("share", rival.share, least_share, 1);
    table.finish();
    plan.rivals.push_back(rival);
}

}  // namespace

void read_outage(TableReader& table, fleet::SimulationPlan& plan) {
    SimulatedOutage outage;
    read_cut(table, outage);
    table.duration("for", outage.duration, 1ms, week);
    table.require("for");
    table.real("share", outage.share, least_share, 1);
    table.finish();
    plan.outages.push_back(outage);
}

void read_storm(TableReader& table, fleet::SimulationPlan& plan) {
    SimulatedOutage storm;
    storm.is_storm = true;
    read_cut(table, storm);
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
