// SPDX-License-Identifier: Apache-2.0
// What a device says of itself when it comes and when it goes.
#include "device/announcer.hpp"

namespace muster::device {
namespace {

std::optional<Message> made_of(const StandingMessage& standing, const TopicRoot& root) {
    if (standing.topic.empty()) return std::nullopt;
    return Message{root.add_to_topic(standing.topic), standing.payload, standing.qos, standing.retain};
}

}  // namespace

Announcer::Announcer(const DeviceConfig& config, const TopicRoot& root)
    : will_(made_of(config.will, root)), birth_(made_of(config.birth, root)) {
    const auto& presence = config.presence;
    if (!presence.enabled) return;
    will_ = Message{root.add_to_topic(presence.topic), presence.offline, Qos::at_least_once, true};
    birth_ = Message{root.add_to_topic(presence.topic), presence.online, Qos::at_least_once, true};
    farewell_ = will_;
}

std::optional<Message> Announcer::birth_on(transport::LinkId link) {
    announced_on_ = link;
    return birth_;
}

std::optional<Message> Announcer::farewell_on(transport::LinkId link) {
    if (announced_on_ != link) return std::nullopt;
    announced_on_.reset();
    return farewell_;
}

}  // namespace muster::device
