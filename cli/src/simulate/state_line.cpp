// SPDX-License-Identifier: Apache-2.0
// Only why a connection ended is told: an error that is over says nothing about the one that stands.
#include "simulate/state_line.hpp"

#include "base/text.hpp"

namespace muster::cli::simulate {
namespace {

bool has_ended(ConnectionState state) {
    return state == ConnectionState::waiting || state == ConnectionState::refused || state == ConnectionState::degraded ||
           state == ConnectionState::needs_enrollment;
}

std::string without(std::string text, const std::vector<std::string>& secrets) {
    for (const auto& secret : secrets) {
        if (!secret.empty() && text.find(secret) != std::string::npos) return std::string(hidden);
    }
    return text;
}

}  // namespace

void tell(Trace& trace, ConnectionState state, const Status& status, const std::vector<std::string>& secrets) {
    std::string line = name_of(state);
    if (!status.endpoint.empty()) {
        line += " at=" + base::printable(without(status.endpoint, secrets)) + (status.protocol == Protocol::mqtt5 ? " v5" : " v3.1.1");
    }
    if (has_ended(state) && status.last_error) {
        line += " reason=\"" + base::printable(without(status.last_error->message(), secrets)) + "\"";
    }
    trace.noted(line + " client=" + base::printable(status.client_id));
}

}  // namespace muster::cli::simulate
