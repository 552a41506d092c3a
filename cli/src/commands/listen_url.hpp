// SPDX-License-Identifier: Apache-2.0
// URLs of places to listen at, as flags give them.
#pragma once

#include <muster/testbroker/broker.hpp>

#include <cstdint>
#include <string>

namespace muster::cli {

struct ListenAddress {
    std::string scheme;
    std::string address;  ///< Without brackets.
    std::uint16_t port = 0;
};

/// SCHEME://ADDRESS:PORT. Fails with Code::invalid_argument, naming the flag and the URL.
[[nodiscard]] Result<ListenAddress> parse_listen_address(const std::string& url, const std::string& flag);

/// `mqtts://[::1]:0?client-cert=required`, `unix:PATH`. Fails likewise.
[[nodiscard]] Result<testbroker::Listener> parse_listener(const std::string& url);

}  // namespace muster::cli
