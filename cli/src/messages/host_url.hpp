// SPDX-License-Identifier: Apache-2.0
// Hosts as people write them, made URLs.
#pragma once

#include <muster/result.hpp>

#include <cstdint>
#include <string>

namespace muster::cli {

/// What a host that says nothing of it gets.
struct HostDefaults {
    bool is_tls = false;     ///< mqtts, where there is no scheme.
    std::uint16_t port = 0;  ///< 0: the scheme's.
    std::string path;        ///< Of WebSocket; empty: /mqtt.
};

/// The URL of HOST, HOST:PORT, an IPv6 address or a URL. Whether it is a good one is not looked at.
[[nodiscard]] std::string url_of_host(const std::string& host, const HostDefaults& defaults);

}  // namespace muster::cli
