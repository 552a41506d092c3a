// SPDX-License-Identifier: Apache-2.0
// The commands that look at a running broker and act on its clients (one file each).
#pragma once

#include "io.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace muster::cli {

struct BrokerStatusOptions {
    std::string admin;
};
[[nodiscard]] Exit run_broker_status(const BrokerStatusOptions& options, Io& io);

struct BrokerClientsOptions {
    std::string admin;
    std::string tenant;  ///< Empty: all.
};
[[nodiscard]] Exit run_broker_clients(const BrokerClientsOptions& options, Io& io);

struct BrokerKickOptions {
    std::string admin;
    std::string tenant;
    std::string id;
};
[[nodiscard]] Exit run_broker_kick(const BrokerKickOptions& options, Io& io);

struct BrokerStopOptions {
    std::string admin;
};
[[nodiscard]] Exit run_broker_stop(const BrokerStopOptions& options, Io& io);

struct BrokerLogsOptions {
    std::string admin;
    std::string tenant;                  ///< Empty: all.
    std::optional<std::uint64_t> after;  ///< Begin behind this event; none: with the next one.
    std::uint64_t count = 0;             ///< 0: no limit.
};
[[nodiscard]] Exit run_broker_logs(const BrokerLogsOptions& options, Io& io);

}  // namespace muster::cli
