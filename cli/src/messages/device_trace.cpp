// SPDX-License-Identifier: Apache-2.0
// A line for each turn that the connection takes, and for each kind of end that messages have.
#include "messages/device_trace.hpp"

#include "base/text.hpp"

#include <cstdint>
#include <string>

namespace muster::cli {
namespace {

std::string messages(std::uint64_t count) {
    return std::to_string(count) + (count == 1 ? " message" : " messages");
}

std::string reason(const Status& status) {
    return status.last_error ? ": " + base::printable(status.last_error->message()) : std::string();
}

}  // namespace

void DeviceTrace::on_state(ConnectionState state, const Status& status) {
    if (state == last_) return;
    last_ = state;
    const std::string where = base::printable(status.endpoint);
    switch (state) {
        case ConnectionState::connecting:
            return trace_.sent("connecting to " + where + " id=" + base::printable(status.client_id));
        case ConnectionState::connected:
            was_connected_ = true;
            return trace_.received("connected to " + where + (status.protocol == Protocol::mqtt5 ? " v5" : " v3.1.1"));
        case ConnectionState::degraded:
            return trace_.received("connected, but not well" + reason(status));
        case ConnectionState::waiting:
            return trace_.received((was_connected_ ? "connection lost" : "not connected") + reason(status));
        case ConnectionState::refused:
        case ConnectionState::needs_enrollment:
            return trace_.received("refused" + reason(status));
        case ConnectionState::draining:
            return;
        case ConnectionState::stopped:
            return end(status);
    }
}

void DeviceTrace::end(const Status& status) {
    const std::uint64_t delivered = status.outbox.delivered - before_.delivered;
    const std::uint64_t refused = status.outbox.dropped_rejected - before_.dropped_rejected;
    if (status.redelivered > 0) trace_.sent(messages(status.redelivered) + " sent again after a lost connection");
    if (delivered > 0) trace_.received(messages(delivered) + " delivered");
    if (refused > 0) trace_.received(messages(refused) + " refused");
    if (was_connected_) trace_.sent("disconnected");
}

}  // namespace muster::cli
