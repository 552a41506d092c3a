// SPDX-License-Identifier: Apache-2.0
// What a broker's answers mean for a command.
#pragma once

#include "exit_code.hpp"
#include "io.hpp"
#include "messages/interrupt.hpp"

#include <muster/fleet/mqtt_client.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace muster::cli {

/// PUBACK 0x10: the message was taken, and nobody wanted it.
inline constexpr std::uint8_t no_matching_subscribers = 0x10;

/// Whether all filters were granted; less than `qos` is told to who wants details. Fails with Code::denied or Code::rejected, naming the
/// first that was not.
[[nodiscard]] Result<void> check_granted(const fleet::MqttGranted& granted, const std::vector<std::string>& filters, int qos, const Io& io);

/// How a command ends that a signal may have ended.
[[nodiscard]] Exit end_of(const Result<void>& done, Interrupt& interrupt, const Io& io);

}  // namespace muster::cli
