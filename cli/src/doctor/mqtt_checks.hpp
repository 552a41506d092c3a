// SPDX-License-Identifier: Apache-2.0
// Checks of what a broker does for this client: lets it in, brings its messages, keeps others away, and how much it takes.
#pragma once

#include "doctor/check.hpp"
#include "doctor/network_checks.hpp"

#include <muster/fleet/probe.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace muster::cli::doctor {

/// As `plan` says, over each way; `client` is the first that is let in.
[[nodiscard]] Finding check_connect(const std::vector<Way>& ways, fleet::probe::ConnectPlan& plan,
                                    std::unique_ptr<fleet::probe::Client>& client);

/// What a CONNACK's refusal means; `reason` is MQTT 5's reason code or 3.1.1's return code.
[[nodiscard]] std::string mend_refusal(Protocol protocol, std::uint8_t reason, bool has_certificate);

/// With each QoS that the broker has, to `topic` and back.
[[nodiscard]] Finding check_round_trip(fleet::probe::Client& client, const std::string& topic, std::chrono::milliseconds timeout);

/// `other` connects as another client; what it publishes, `client` must not see. `is_guess`: it is no device of its own, but this one's
/// credentials under another client id.
[[nodiscard]] Finding check_isolation(fleet::probe::Client& client, const fleet::probe::ConnectPlan& other, bool is_guess,
                                      const std::string& topic);

[[nodiscard]] Finding check_limits(const fleet::probe::Welcome& welcome, Protocol protocol);

}  // namespace muster::cli::doctor
