// SPDX-License-Identifier: Apache-2.0
// What a device does on the network, on lines of the trace.
#pragma once

#include "trace.hpp"

#include <muster/status.hpp>

namespace muster::cli {

/// `→ connecting to mqtts://127.0.0.1:8883 id=press-01`, `← connected to mqtts://127.0.0.1:8883 v5`, `← 3 messages delivered`. The SDK
/// tells of connections, and counts what goes over them: there is no line for each packet. Threads: the device's callback thread.
class DeviceTrace {
public:
    /// `trace` must live as long. `before`: what the outbox had counted when the device was opened.
    DeviceTrace(Trace& trace, const OutboxCounts& before) : trace_(trace), before_(before) {}

    void on_state(ConnectionState state, const Status& status);

private:
    void end(const Status& status);

    Trace& trace_;
    const OutboxCounts before_;
    ConnectionState last_ = ConnectionState::stopped;
    bool was_connected_ = false;
};

}  // namespace muster::cli
