// SPDX-License-Identifier: Apache-2.0
// What a device says of itself when it comes and when it goes.
#pragma once

#include "device/topic_root.hpp"

#include <muster/device_config.hpp>
#include <muster/message.hpp>
#include <muster/transport.hpp>

#include <optional>

namespace muster::device {

/// With the configuration's `presence`, or its `will` and `birth`. A farewell is said only where a birth was: who was never seen to come
/// does not go, and its last will still stands.
/// Threads: one.
class Announcer {
public:
    Announcer() = default;
    Announcer(const DeviceConfig& config, const TopicRoot& root);

    /// Messages of the announcer have numbers that no record of an outbox has.
    static constexpr transport::SendId birth_id = ~transport::SendId{0};
    static constexpr transport::SendId farewell_id = birth_id - 1;

    [[nodiscard]] const std::optional<Message>& will() const { return will_; }
    /// What to send before anything else, now that this link is of use.
    [[nodiscard]] std::optional<Message> birth_on(transport::LinkId link);
    /// What to send before this link is closed for good.
    [[nodiscard]] std::optional<Message> farewell_on(transport::LinkId link);

private:
    std::optional<Message> will_;
    std::optional<Message> birth_;
    std::optional<Message> farewell_;
    std::optional<transport::LinkId> announced_on_;
};

}  // namespace muster::device
