// SPDX-License-Identifier: Apache-2.0
// Flag by flag, into what the SDK takes.
#include "simulate/device_flags.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace muster::cli::simulate {
namespace {

using std::chrono::seconds;

constexpr std::chrono::milliseconds least_timeout{100};
constexpr std::chrono::minutes most_timeout{5};
// As long as the SDK can have one kept.
constexpr std::uint32_t longest_session = INT32_MAX;

Error refuse(std::string why, std::string hint = {}) {
    return {Code::invalid_argument, std::move(why), std::move(hint)};
}

Result<void> check_flags(const SimulateOptions& options) {
    if (options.connect_timeout && (*options.connect_timeout < least_timeout || *options.connect_timeout > most_timeout))
        return refuse("--connect-timeout: a device waits for 100ms to 5m");
    if (options.keeps_session && options.session_expiry == 0U)
        return refuse("--no-clean-start takes up what --session-expiry 0 leaves nothing of", "leave one of them out");
    const bool has_will_part = !options.will_payload.empty() || options.will_qos != 0 || options.will_retain || options.will_delay;
    if (options.will_topic.empty() && has_will_part) return refuse("a will needs --will-topic");
    if (options.version != "3.1.1" || !(options.session_expiry || options.will_delay)) return {};
    return refuse("MQTT 3.1.1 has no properties, such as --session-expiry and --will-delay are", "leave --mqtt-version away");
}

// Whoever asks for the old session wants to keep this one, too, as mosquitto_sub -c has it.
void set_session(const SimulateOptions& options, DeviceConfig& config) {
    if (options.keeps_session) config.session_expiry = seconds(longest_session);
    if (options.session_expiry) config.session_expiry = seconds(*options.session_expiry);
}

Result<void> set_will(const SimulateOptions& options, DeviceConfig& config) {
    if (options.will_topic.empty()) return {};
    if (config.presence.enabled) return refuse("--will-topic: the scenario's presence is a will of its own", "leave one of them out");
    config.will = {options.will_topic, options.will_payload, static_cast<Qos>(options.will_qos), options.will_retain};
    config.will_delay = options.will_delay ? std::chrono::ceil<seconds>(*options.will_delay) : seconds(0);
    return {};
}

Result<void> change(const SimulateOptions& options, DeviceConfig& config) {
    if (!options.version.empty()) config.protocol = options.version == "5" ? Protocol::mqtt5 : Protocol::mqtt311;
    if (options.keep_alive) config.keep_alive = seconds(*options.keep_alive);
    config.connect_timeout = options.connect_timeout.value_or(config.connect_timeout);
    set_session(options, config);
    return set_will(options, config);
}

}  // namespace

Result<void> configure(const SimulateOptions& options, fleet::SimulationPlan& plan) {
    if (auto checked = check_flags(options); !checked) return checked;
    if (auto changed = change(options, plan.config); !changed) return changed;
    for (auto& group : plan.groups) {
        if (auto changed = change(options, group.config); !changed) return std::move(changed).error().in("group " + group.name);
    }
    return {};
}

}  // namespace muster::cli::simulate
