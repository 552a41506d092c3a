// SPDX-License-Identifier: Apache-2.0
// The broker's own figures under the names that Mosquitto gave them, for the administrator only.
#pragma once

#include "core/broker_core.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace muster::testbroker::core {

/// Of all cores together.
struct SysFigures {
    std::string_view version;
    std::chrono::seconds uptime{0};
    Counters counters;
    Census census;
    // Known to the network only; left out where it does not say.
    std::optional<std::uint64_t> packets_received;
    std::optional<std::uint64_t> packets_sent;
    std::optional<std::uint64_t> bytes_received;
    std::optional<std::uint64_t> bytes_sent;
};

/// Topic and value, in order of topic. Nobody can subscribe to them: they would tell one tenant of all others.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> sys_topics(const SysFigures& figures);

}  // namespace muster::testbroker::core
