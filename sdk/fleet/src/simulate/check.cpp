// SPDX-License-Identifier: Apache-2.0
// What makes a simulation impossible: contradictions in its plan.
#include "base/topic.hpp"
#include "simulate/groups.hpp"
#include "simulate/light_way.hpp"
#include "simulate/observer.hpp"

#include <cmath>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace muster::fleet {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t most_devices = 1'000'000;
constexpr std::size_t most_full_devices = 2'000;
constexpr std::size_t longest_group_name = 32;
constexpr std::chrono::hours longest_run{24 * 7};
constexpr std::chrono::hours most_skew{24 * 3'650};

Error refuse(std::string why, std::string hint = {}) {
    return {Code::invalid_argument, std::move(why), std::move(hint)};
}

Result<void> check_value(const SimulatedSensor& sensor, const SimulatedValue& value) {
    const std::string where = "sensor '" + sensor.topic + "', value '" + value.name + "': ";
    if (value.name.empty()) return refuse("a value of sensor '" + sensor.topic + "' has no name");
    const bool has_list = value.model == SensorModel::step || value.model == SensorModel::replay;
    if (has_list && value.values.empty()) return refuse(where + "there are no values to go through");
    if (value.least > value.most) return refuse(where + "its least value is above its most");
    if (value.model == SensorModel::random_walk && (value.start < value.least || value.start > value.most))
        return refuse(where + "it begins outside its bounds");
    if (value.hold < milliseconds(1) || value.period < milliseconds(1)) return refuse(where + "a time is at least 1 ms");
    if (!(value.noise >= 0) || !std::isfinite(value.noise)) return refuse(where + "noise is 0 or above");
    return {};
}

bool is_group_name(const std::string& name) {
    constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    return !name.empty() && name.size() <= longest_group_name && name.find_first_not_of(allowed) == std::string::npos;
}

Result<void> check_groups(const SimulationPlan& plan) {
    std::set<std::string> names;
    std::uint64_t devices = 0;
    for (const auto& group : plan.groups) {
        if (!is_group_name(group.name)) return refuse("a group's name is 1 to 32 letters, digits, - and _, not '" + group.name + "'");
        if (!names.insert(group.name).second) return refuse("two groups are named '" + group.name + "'");
        if (group.devices == 0) return refuse("group " + group.name + " has no devices");
        devices += group.devices;
    }
    if (plan.groups.empty() || devices == plan.devices.size()) return {};
    return refuse("the groups have " + std::to_string(devices) + " devices together, and the fleet " + std::to_string(plan.devices.size()));
}

std::size_t full_devices(const SimulationPlan& plan) {
    std::size_t count = 0;
    for (const auto& alike : alike_devices(plan)) count += alike.kind == SimulatedKind::full ? alike.range.count : 0;
    return count;
}

Result<void> check_devices(const SimulationPlan& plan) {
    if (plan.devices.empty() || plan.devices.size() > most_devices) return refuse("a fleet has 1 to 1000000 devices");
    if (auto checked = check_groups(plan); !checked) return checked;
    if (full_devices(plan) > most_full_devices)
        return refuse("a process holds at most 2000 full devices", "simulate light ones, or start several processes");
    std::set<std::string> ids;
    for (const auto& device : plan.devices) {
        if (!ids.insert(device.client_id).second) {
            return refuse("two devices would have the client id '" + device.client_id + "'",
                          "put %i, the device's number, into --client-id");
        }
    }
    return {};
}

Result<void> check_endpoints(const SimulationPlan& plan) {
    if (plan.endpoints.empty()) return refuse("the fleet has no broker");
    const auto scheme_of = [](const std::string& url) { return url.substr(0, url.find("://")); };
    for (const auto& url : plan.endpoints) {
        if (scheme_of(url) != scheme_of(plan.endpoints.front()))
            return refuse(url + ": the nodes of a broker speak one protocol", "give each of them the same scheme");
    }
    if (plan.proxy.url.empty()) return {};
    return check_proxy(plan.proxy.url);
}

// Paho keeps what came of WebSocket's frames for all its connections together, so that two of them mix up what they get.
Result<void> check_websocket(const SimulationPlan& plan) {
    const bool is_websocket = plan.endpoints.front().rfind("ws", 0) == 0;
    const std::size_t connections = full_devices(plan);
    if (!is_websocket || plan.config.transport != TransportKind::paho || connections <= 1) return {};
    return refuse("one full device can speak through Paho's WebSocket in a process, not " + std::to_string(connections),
                  "leave transport out of [config], simulate light devices (kind = \"light\"), or connect to mqtts://");
}

// Readings are told apart by their topics.
Result<void> check_observer(const SimulationPlan& plan) {
    if (!plan.observer) return {};
    std::set<std::string> prefixes;
    for (const auto& alike : alike_devices(plan)) {
        for (std::uint32_t device = alike.range.first; device < alike.range.first + alike.range.count; ++device) {
            if (prefixes.insert(for_client(alike.prefix, plan.devices[device].client_id)).second) continue;
            return refuse("the observer cannot tell the devices apart by their topics",
                          "put {client_id} into topic_root of the scenario's [config], or into --observe-prefix");
        }
    }
    return {};
}

template <class Event>
Result<void> check_event(const SimulationPlan& plan, const Event& event, const std::string& what) {
    if (event.at < milliseconds(0) || event.at >= plan.duration)
        return refuse(what + " begins after the simulation's end", "raise --duration, or begin it earlier");
    if (event.duration < milliseconds(0) || event.every < milliseconds(0)) return refuse(what + " has a time below 0");
    if (event.every > milliseconds(0) && event.every < event.duration) return refuse(what + " comes again before it is over");
    if (!(event.share > 0 && event.share <= 1)) return refuse(what + " concerns a share of above 0 to 1 of the devices");
    if (event.group && *event.group >= plan.groups.size()) return refuse(what + " concerns a group that the plan has not");
    return {};
}

Result<void> check_events(const SimulationPlan& plan) {
    for (const auto& outage : plan.outages) {
        if (auto checked = check_event(plan, outage, outage.is_storm ? "a storm" : "an outage"); !checked) return checked;
    }
    for (const auto& rival : plan.rivals) {
        if (auto checked = check_event(plan, rival, rival.comes_back ? "a collision" : "a takeover"); !checked) return checked;
    }
    return {};
}

Result<void> check_times(const SimulationPlan& plan) {
    if (plan.duration < milliseconds(1) || plan.duration > longest_run) return refuse("a simulation lasts from 1 ms to 7 days");
    if (plan.drain < milliseconds(0) || plan.drain > longest_run) return refuse("the drain lasts from 0 to 7 days");
    if (plan.report_interval < milliseconds(100) || plan.report_interval > std::chrono::hours(1))
        return refuse("intervals are from 100 ms to 1 h");
    return {};
}

Result<void> check_alike(const SimulationPlan& plan, const AlikeDevices& alike) {
    if (alike.start_spread < milliseconds(0) || alike.start_spread > plan.duration)
        return refuse("devices start within the simulation's duration", "lower start_spread, or raise --duration");
    if (alike.clock_skew < milliseconds(0) || alike.clock_skew > most_skew) return refuse("clocks are wrong by 0 to 3650 days");
    if (alike.sensors.empty()) return refuse("the devices have no sensors");
    std::set<std::string> topics;
    const bool keeps_light_sessions = alike.kind == SimulatedKind::light && alike.config.session_expiry.count() > 0;
    for (const auto& sensor : alike.sensors) {
        if (auto checked = check(sensor); !checked) return checked;
        // A light device sends what was lost as a new message: the broker would keep the old one's half for ever.
        if (keeps_light_sessions && class_of(alike.config, sensor).options.qos == Qos::exactly_once)
            return refuse("light devices do not go on with QoS 2 in a session that was kept", "kind = \"full\", or QoS 1 in the scenario");
        if (!topics.insert(sensor.topic).second) return refuse("two sensors have the topic '" + sensor.topic + "'");
    }
    return {};
}

}  // namespace

Result<void> check(const SimulatedSensor& sensor) {
    if (auto checked = base::check_topic(sensor.topic); !checked) return std::move(checked).error().in("a sensor's topic");
    const std::string where = "sensor '" + sensor.topic + "': ";
    if (sensor.interval < milliseconds(1) || sensor.interval > longest_run) return refuse(where + "its interval is from 1 ms to 7 days");
    if (sensor.jitter < milliseconds(0) || sensor.jitter > sensor.interval) return refuse(where + "its jitter is from 0 to its interval");
    if (sensor.values.empty()) return refuse(where + "it has no values");
    std::set<std::string> names;
    for (const auto& value : sensor.values) {
        if (auto checked = check_value(sensor, value); !checked) return checked;
        if (!names.insert(value.name).second) return refuse(where + "two values are named '" + value.name + "'");
    }
    return {};
}

Result<void> check(const SimulationPlan& plan) {
    if (auto checked = check_devices(plan); !checked) return checked;
    if (auto checked = check_times(plan); !checked) return checked;
    if (auto checked = check_events(plan); !checked) return checked;
    if (auto checked = check_endpoints(plan); !checked) return checked;
    if (auto checked = check_websocket(plan); !checked) return checked;
    if (auto checked = check_light(plan); !checked) return checked;
    for (const auto& alike : alike_devices(plan)) {
        auto checked = check_alike(plan, alike);
        if (!checked) return alike.name.empty() ? checked : std::move(checked).error().in("group " + std::string(alike.name));
    }
    return check_observer(plan);
}

}  // namespace muster::fleet
