// SPDX-License-Identifier: Apache-2.0
// Endpoints as people write them: scheme, host and port.
#pragma once

#include <muster/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace muster::base {

struct Endpoint {
    std::string scheme;  ///< "mqtt" or "mqtts".
    std::string host;    ///< Without brackets, also for IPv6.
    std::uint16_t port = 0;

    [[nodiscard]] bool is_tls() const { return scheme == "mqtts"; }
    /// Whether the host is `localhost`, in 127.0.0.0/8 or ::1, as written; no name is resolved.
    [[nodiscard]] bool is_loopback() const;
    /// `mqtts://host:port`, with brackets around IPv6.
    [[nodiscard]] std::string url() const;
};

/// Parses `mqtt://host[:1883]` and `mqtts://host[:8883]`. Fails with Code::invalid_argument, naming the text and what is wrong with it.
Result<Endpoint> parse_endpoint(std::string_view text);

}  // namespace muster::base
