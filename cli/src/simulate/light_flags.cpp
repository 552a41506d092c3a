// SPDX-License-Identifier: Apache-2.0
// Flag by flag, into what light devices take.
#include "simulate/light_flags.hpp"

#include "messages/properties.hpp"

#include <array>
#include <string>
#include <utility>

namespace muster::cli::simulate {
namespace {

using fleet::SimulatedKind;

Error refuse(std::string why, std::string hint = {}) {
    return {Code::invalid_argument, std::move(why), std::move(hint)};
}

// Who of the fleet is full; empty: nobody.
std::string full_devices_of(const fleet::SimulationPlan& plan) {
    if (plan.groups.empty()) return plan.kind == SimulatedKind::full ? "the scenario's devices are full ones" : "";
    for (const auto& group : plan.groups) {
        if (group.kind == SimulatedKind::full) return "group " + group.name + " is of full devices";
    }
    return "";
}

Result<void> check_kinds(const SimulateOptions& options, const fleet::SimulationPlan& plan) {
    struct LightFlag {
        bool is_given;
        const char* name;
        const char* what_the_sdk_does;
    };
    const std::array flags{
        LightFlag{options.insecure_skip_verify, "--insecure-skip-verify", "it verifies its server always"},
        LightFlag{!options.tls_version.empty(), "--tls-version", "it takes TLS 1.2 or newer"},
        LightFlag{!options.ciphers.empty(), "--ciphers", "it has its own"},
        LightFlag{!options.alpn.empty(), "--alpn", "it names no protocol within TLS"},
        LightFlag{options.receive_maximum.has_value(), "--receive-maximum", "[config.inbox] says what waits in it"},
        LightFlag{options.max_packet_size.has_value(), "--max-packet-size", "it takes packets of any size"},
        LightFlag{options.topic_alias_maximum.has_value(), "--topic-alias-maximum", "it takes no topic aliases"},
        LightFlag{!options.properties.empty(), "--property", "its packets have properties of its own"},
    };
    const std::string full = full_devices_of(plan);
    for (const auto& flag : flags) {
        if (!flag.is_given || full.empty()) continue;
        return refuse(flag.name + (": " + full) + ", and a full device is the SDK itself: " + flag.what_the_sdk_does,
                      std::string("kind = \"light\" in the scenario, or leave ") + flag.name + " out, also of the context");
    }
    return {};
}

bool says_anything(const fleet::MqttProperties& properties) {
    return !properties.subscription_identifiers.empty() || !properties.user.empty();
}

Result<void> check_version(const SimulateOptions& options, const fleet::SimulationPlan& plan) {
    const bool has_properties =
        !options.properties.empty() || options.receive_maximum || options.max_packet_size || options.topic_alias_maximum;
    bool is_v311 = options.version == "3.1.1";
    if (options.version.empty()) {
        is_v311 = plan.groups.empty() && plan.config.protocol == Protocol::mqtt311;
        for (const auto& group : plan.groups) is_v311 = is_v311 || group.config.protocol == Protocol::mqtt311;
    }
    if (!is_v311 || !has_properties) return {};
    return refuse("MQTT 3.1.1 has no properties, such as --property and --receive-maximum are",
                  options.version.empty() ? "protocol = \"mqtt5\" in the scenario's [config]" : "leave --mqtt-version away");
}

Result<void> set_properties(const SimulateOptions& options, fleet::LightConnection& light) {
    auto given = parse_properties(options.properties);
    if (!given) return std::move(given).error();
    if (says_anything(given->subscribe)) return refuse("-D subscribe: light devices subscribe to nothing");
    if (given->publish.topic_alias) return refuse("-D publish topic-alias: messages of light devices name their topic");
    light.connect = std::move(given->connect);
    light.publish = std::move(given->publish);
    light.will = std::move(given->will);
    light.disconnect = std::move(given->disconnect);
    if (options.receive_maximum) light.connect.receive_maximum = options.receive_maximum;
    if (options.max_packet_size) light.connect.maximum_packet_size = options.max_packet_size;
    if (options.topic_alias_maximum) light.connect.topic_alias_maximum = options.topic_alias_maximum;
    return {};
}

}  // namespace

Result<void> set_light_flags(const SimulateOptions& options, fleet::SimulationPlan& plan) {
    if (auto checked = check_kinds(options, plan); !checked) return checked;
    if (options.insecure_skip_verify && options.observes())
        return refuse("--insecure-skip-verify: the observer is the SDK itself, and verifies its server always",
                      "leave --observe and its like out");
    plan.light.verify_server = !options.insecure_skip_verify;
    if (options.tls_version == "1.2") plan.light.tls_version = fleet::MqttTlsVersion::v12;
    if (options.tls_version == "1.3") plan.light.tls_version = fleet::MqttTlsVersion::v13;
    plan.light.ciphers = options.ciphers;
    plan.light.alpn = options.alpn;
    if (auto checked = check_version(options, plan); !checked) return checked;
    return set_properties(options, plan.light);
}

}  // namespace muster::cli::simulate
