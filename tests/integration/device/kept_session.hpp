// SPDX-License-Identifier: Apache-2.0
// A session that outlives its device's connection: what was not acknowledged in it comes again.
#pragma once

#include "devices.hpp"
#include "support/child_process.hpp"
#include "support/mosquitto_process.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace muster::test {

/// Takes the device's session over, which the broker has kept: what it had not acknowledged comes again, to this client.
[[nodiscard]] inline std::optional<std::string> next_of_session(const MosquittoProcess& broker, std::chrono::milliseconds timeout) {
    ChildProcess other({"mosquitto_sub", "-h", "127.0.0.1", "-p", std::to_string(broker.port()), "-i", "press-01", "-V", "mqttv5", "-c",
                        "-x", "3600", "-q", "2", "-t", "unused", "-F", "%p"});
    return other.read_line(timeout);
}

[[nodiscard]] inline DeviceConfig kept_session(const MosquittoProcess& broker) {
    auto config = config_for(broker.url());
    config.session_expiry = 1h;
    config.inbox.acknowledge_within = 20s;
    config.backoff.base = 1h;  // It stays away once its session is taken over.
    config.backoff.cap = 1h;
    return config;
}

}  // namespace muster::test
