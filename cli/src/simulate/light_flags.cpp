// SPDX-License-Identifier: Apache-2.0
// Flag by flag, into what light devices take.
#include "simulate/light_flags.hpp"

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
    };
    const std::string full = full_devices_of(plan);
    for (const auto& flag : flags) {
        if (!flag.is_given || full.empty()) continue;
        return refuse(flag.name + (": " + full) + ", and a full device is the SDK itself: " + flag.what_the_sdk_does,
                      std::string("kind = \"light\" in the scenario, or leave ") + flag.name + " out");
    }
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
    return {};
}

}  // namespace muster::cli::simulate
