// SPDX-License-Identifier: Apache-2.0
// What is said of the device when it comes and goes: the groups `presence`, `will` and `birth` of a configuration.
#include "base/topic.hpp"
#include "device/config_groups.hpp"

#include <string>

namespace muster::device {
namespace {

constexpr std::int64_t largest_payload = 65'535;  // Of a will (MQTT 5.0, section 3.1.3.4).

Result<void> check_standing(const std::string& name, const StandingMessage& standing) {
    if (standing.topic.empty()) {
        if (standing.payload.empty()) return {};
        return Error{Code::invalid_argument, name + " has no topic"};
    }
    if (auto checked = base::check_topic(standing.topic); !checked) return std::move(checked).error().in(name + ".topic");
    return in_range((name + ".payload's size").c_str(), static_cast<std::int64_t>(standing.payload.size()), 0, largest_payload);
}

}  // namespace

FieldReader presence_reader(PresenceConfig& target) {
    return [&target](const std::string& path, const Json& value) -> Result<void> {
        if (value.is_boolean()) {
            target.enabled = value.get<bool>();
            return {};
        }
        target.enabled = true;
        return read_object(path, value,
                           {{"topic", text(target.topic)}, {"online", text(target.online)}, {"offline", text(target.offline)}});
    };
}

FieldReader standing_reader(StandingMessage& target) {
    return [&target](const std::string& path, const Json& value) -> Result<void> {
        int qos = static_cast<int>(target.qos);
        auto read = read_object(
            path, value,
            {{"topic", text(target.topic)}, {"payload", text(target.payload)}, {"qos", number(qos)}, {"retain", flag(target.retain)}});
        if (!read) return read;
        if (qos > 2) return wrong(path + ".qos", Json(qos), "0, 1 or 2");
        target.qos = static_cast<Qos>(qos);
        return {};
    };
}

Result<void> check_presence(const DeviceConfig& config) {
    const auto& presence = config.presence;
    if (presence.enabled && !(config.will.topic.empty() && config.birth.topic.empty()))
        return Error{Code::invalid_argument, "presence and will or birth are both set",
                     "presence has a will and a birth of its own: choose"};
    if (presence.enabled && presence.topic.empty()) return Error{Code::invalid_argument, "presence.topic is empty"};
    const StandingMessage longest{presence.topic, presence.online.size() > presence.offline.size() ? presence.online : presence.offline};
    for (const auto& checked : {check_standing("will", config.will), check_standing("birth", config.birth),
                                check_standing("presence", longest), in_range("will_delay_s", config.will_delay.count(), 0, INT32_MAX)}) {
        if (!checked) return checked;
    }
    return {};
}

}  // namespace muster::device
