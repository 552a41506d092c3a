// SPDX-License-Identifier: Apache-2.0
// From the connection flags to a connection.
#pragma once

#include "messages/options.hpp"
#include "messages/properties.hpp"

#include <muster/fleet/mqtt_client.hpp>

#include <memory>

namespace muster::cli {

/// What the flags ask for, with the passwords that they name.
struct ConnectionPlan {
    fleet::MqttConnection connection;
    PacketProperties properties;
    std::uint32_t retries = 0;
    std::chrono::milliseconds retry_delay{0};
};

/// Fails with Code::invalid_argument for flags that contradict each other, and as the reading of passwords does. Warns of what is unsafe.
[[nodiscard]] Result<ConnectionPlan> plan_connection(const ConnectionOptions& options, Io& io);

/// Connects, again and again if --retries says so and the failure may pass.
[[nodiscard]] Result<std::unique_ptr<fleet::MqttClient>> connect(const ConnectionPlan& plan, const Io& io);

}  // namespace muster::cli
