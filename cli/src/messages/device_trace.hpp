// SPDX-License-Identifier: Apache-2.0
// How the connections of devices come and go, on lines of the trace.
#pragma once

#include "trace.hpp"

#include <muster/status.hpp>

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace muster::cli {

/// `= waiting at=mqtts://127.0.0.1:8883 v5 reason="the broker closed the connection" client=press-01`, at the end
/// `= stopped at=mqtts://127.0.0.1:8883 v5 delivered=3 client=press-01`. The SDK tells of connections, and counts what goes over them:
/// there is no line for each packet. Threads: any.
class DeviceTrace {
public:
    /// `trace` must live as long. A broker may send back what it was sent, as a reason or as a server to go to: `secrets` are hidden there.
    DeviceTrace(Trace& trace, std::vector<std::string> secrets) : trace_(trace), secrets_(std::move(secrets)) {}

    /// What Device::on_state is told, from a device's start on.
    void tell(ConnectionState state, const Status& status);

private:
    struct Counts {
        std::uint64_t delivered = 0;
        std::uint64_t refused = 0;
    };

    /// What was counted since the device started: an outbox's own counts are those of its file's life.
    Counts count(ConnectionState state, const Status& status);
    [[nodiscard]] std::string shown(const std::string& text) const;

    Trace& trace_;
    const std::vector<std::string> secrets_;
    std::mutex mutex_;
    std::map<std::string, Counts> before_;  ///< By client identifier, of devices that run.
};

}  // namespace muster::cli
