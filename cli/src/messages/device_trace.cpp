// SPDX-License-Identifier: Apache-2.0
// Only why a connection ended is told: an error that is over says nothing about the one that stands.
#include "messages/device_trace.hpp"

#include "base/text.hpp"

namespace muster::cli {
namespace {

bool has_reason(ConnectionState state) {
    return state == ConnectionState::waiting || state == ConnectionState::refused || state == ConnectionState::degraded ||
           state == ConnectionState::needs_enrollment;
}

}  // namespace

void DeviceTrace::tell(ConnectionState state, const Status& status) {
    std::string line = name_of(state);
    if (!status.endpoint.empty()) line += " at=" + shown(status.endpoint) + (status.protocol == Protocol::mqtt5 ? " v5" : " v3.1.1");
    if (has_reason(state) && status.last_error) line += " reason=\"" + shown(status.last_error->message()) + "\"";
    const Counts counts = count(state, status);
    if (state == ConnectionState::stopped) {
        line += " delivered=" + std::to_string(counts.delivered);
        if (counts.refused > 0) line += " refused=" + std::to_string(counts.refused);
        if (status.redelivered > 0) line += " sent-again=" + std::to_string(status.redelivered);
    }
    trace_.noted(line + " client=" + base::printable(status.client_id));
}

DeviceTrace::Counts DeviceTrace::count(ConnectionState state, const Status& status) {
    const Counts now{status.outbox.delivered, status.outbox.dropped_rejected};
    const std::lock_guard lock(mutex_);
    const auto& before = before_.try_emplace(status.client_id, now).first->second;
    const Counts since{now.delivered - before.delivered, now.refused - before.refused};
    if (state == ConnectionState::stopped) before_.erase(status.client_id);
    return since;
}

std::string DeviceTrace::shown(const std::string& text) const {
    for (const auto& secret : secrets_) {
        if (!secret.empty() && text.find(secret) != std::string::npos) return std::string(hidden);
    }
    return base::printable(text);
}

}  // namespace muster::cli
