// SPDX-License-Identifier: Apache-2.0
// Flags made properties.
#include "bench/greeting.hpp"

#include "messages/properties.hpp"

#include <limits>
#include <utility>

namespace muster::cli::bench {
namespace {

Error refuse(std::string why, std::string hint = {}) {
    return {Code::invalid_argument, std::move(why), std::move(hint)};
}

Result<void> check_flags(const BenchOptions& options) {
    const bool has_will_part = !options.will_payload.empty() || options.will_qos != 0 || options.will_retain || options.will_delay;
    if (options.will_topic.empty() && has_will_part) return refuse("a will needs --will-topic");
    const bool has_properties = !options.properties.empty() || options.session_expiry || options.receive_maximum ||
                                options.max_packet_size || options.topic_alias_maximum || options.will_delay;
    if (options.version == "5" || !has_properties) return {};
    return refuse("MQTT 3.1.1 has no properties, such as --session-expiry, --property and --will-delay are", "leave --mqtt-version away");
}

bool is_empty(const fleet::MqttProperties& properties) {
    return !properties.session_expiry_interval && !properties.reason_string && properties.user.empty();
}

}  // namespace

Result<fleet::BenchGreeting> greeting_of(const BenchOptions& options) {
    if (auto checked = check_flags(options); !checked) return std::move(checked).error();
    auto given = parse_properties(options.properties);
    if (!given) return std::move(given).error();
    if (!is_empty(given->disconnect)) return refuse("-D disconnect: a bench cuts its connections, and says no DISCONNECT");
    fleet::BenchGreeting greeting;
    greeting.clean_start = !options.keeps_session;
    greeting.connect = std::move(given->connect);
    greeting.publish = std::move(given->publish);
    greeting.subscribe = std::move(given->subscribe);
    auto& connect = greeting.connect;
    if (options.session_expiry) connect.session_expiry_interval = options.session_expiry;
    if (options.receive_maximum) connect.receive_maximum = options.receive_maximum;
    if (options.max_packet_size) connect.maximum_packet_size = options.max_packet_size;
    if (options.topic_alias_maximum) connect.topic_alias_maximum = options.topic_alias_maximum;
    // As `muster pub` has it: who wants the old session wants to keep this one, too.
    if (options.keeps_session && !connect.session_expiry_interval && options.version == "5")
        connect.session_expiry_interval = std::numeric_limits<std::uint32_t>::max();
    if (options.will_topic.empty()) return greeting;
    fleet::MqttMessage will;
    will.topic = options.will_topic;
    will.payload = options.will_payload;
    will.qos = static_cast<Qos>(options.will_qos);
    will.retain = options.will_retain;
    will.properties = std::move(given->will);
    if (options.will_delay)
        will.properties.will_delay_interval =
            static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(*options.will_delay).count());
    greeting.will = std::move(will);
    return greeting;
}

}  // namespace muster::cli::bench
