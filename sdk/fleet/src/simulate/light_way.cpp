// SPDX-License-Identifier: Apache-2.0
// TLS and CONNECT of light devices.
#include "simulate/light_way.hpp"

#include "base/files.hpp"
#include "load/tls.hpp"
#include "simulate/groups.hpp"
#include "simulate/shared_identity.hpp"

#include <utility>

namespace muster::fleet {
namespace {

constexpr std::size_t max_pem_bytes = 16U << 20U;
constexpr std::size_t max_alpn_bytes = 255;

Error refuse(std::string why, std::string hint = {}) {
    return {Code::invalid_argument, std::move(why), std::move(hint)};
}

bool says_nothing(const MqttProperties& properties) {
    return !properties.payload_format_indicator && !properties.message_expiry_interval && !properties.content_type &&
           !properties.response_topic && !properties.correlation_data && properties.subscription_identifiers.empty() &&
           !properties.session_expiry_interval && !properties.request_problem_information && !properties.request_response_information &&
           !properties.will_delay_interval && !properties.reason_string && !properties.receive_maximum && !properties.topic_alias_maximum &&
           !properties.topic_alias && !properties.maximum_packet_size && properties.user.empty();
}

bool has_properties(const LightConnection& light) {
    return !says_nothing(light.connect) || !says_nothing(light.publish) || !says_nothing(light.will) || !says_nothing(light.disconnect);
}

bool is_sdks_own(const LightConnection& light) {
    return light.verify_server && light.tls_version == MqttTlsVersion::v12_or_newer && light.ciphers.empty() && light.alpn.empty() &&
           !has_properties(light);
}

}  // namespace

// Of which node it is, each connection says.
Result<TlsPlan> light_tls_of(const SimulationPlan& plan) {
    TlsPlan tls;
    tls.version = tls_version_of(plan.light.tls_version);
    tls.ciphers = plan.light.ciphers;
    tls.alpn = plan.light.alpn;
    tls.verify_server = plan.light.verify_server;
    if (!plan.ca_file.empty()) {
        auto anchors = base::load_file(plan.ca_file, max_pem_bytes);
        if (!anchors) return std::move(anchors).error().in("trust anchors");
        tls.ca_pem = std::move(*anchors);
    }
    auto shared = open_shared_identity(plan);
    if (!shared) return std::move(shared).error();
    tls.shared_identity = std::move(*shared);
    if (plan.devices.front().directory.empty()) return tls;
    const auto key_password = first_line_of(plan.key_password_file);
    if (!key_password) return key_password.error();
    // An identity that cannot be read fails its device's handshake, with what TLS says of none.
    tls.identity = [&plan, key_password = *key_password](std::uint32_t number) {
        return identity_in(plan.devices[number].directory, key_password);
    };
    return tls;
}

// The session that a device wants to have kept it wants to have again. Wills have topics of each device's own.
BenchGreeting light_greeting_of(const DeviceConfig& config, const LightConnection& light) {
    BenchGreeting greeting;
    const auto kept = static_cast<std::uint32_t>(config.session_expiry.count());
    const bool is_v5 = config.protocol == Protocol::mqtt5;
    greeting.clean_start = kept == 0;
    greeting.connect = light.connect;
    greeting.publish = light.publish;
    if (kept > 0 && is_v5) greeting.connect.session_expiry_interval = kept;
    if (config.will.topic.empty()) return greeting;
    MqttMessage will;
    will.topic = config.will.topic;
    will.payload = config.will.payload;
    will.qos = config.will.qos;
    will.retain = config.will.retain;
    will.properties = light.will;
    if (config.will_delay.count() > 0 && is_v5) will.properties.will_delay_interval = static_cast<std::uint32_t>(config.will_delay.count());
    greeting.will = std::move(will);
    return greeting;
}

Result<void> check_light(const SimulationPlan& plan) {
    const LightConnection& light = plan.light;
    if (light.alpn.size() > max_alpn_bytes) return refuse("the ALPN protocol is longer than 255 bytes");
    if (!light.verify_server && plan.observer)
        return refuse("the observer is a device of the SDK's, which verifies its server", "observe nothing, or verify the server");
    if (light.publish.topic_alias) return refuse("a topic alias is none of a light device's: its messages name their topic");
    for (const auto* properties : {&light.connect, &light.publish, &light.will, &light.disconnect}) {
        if (auto checked = check_properties(*properties); !checked) return checked;
    }
    if (is_sdks_own(light)) return {};
    for (const auto& alike : alike_devices(plan)) {
        if (alike.config.protocol == Protocol::mqtt311 && has_properties(light)) return refuse("MQTT 3.1.1 has no properties");
        if (alike.kind == SimulatedKind::light) continue;
        const std::string who = alike.name.empty() ? "full devices are" : "group " + std::string(alike.name) + " is";
        return refuse(who + " the SDK itself, and cannot be told how to connect as light ones can", "simulate light devices");
    }
    return {};
}

}  // namespace muster::fleet
