// SPDX-License-Identifier: Apache-2.0
// What one attempt needs, in Paho's words.
#pragma once

#include <muster/transport.hpp>

#include <mqtt/async_client.h>

#include <string>

namespace muster::transport {

[[nodiscard]] bool is_tls(const LinkOptions& options);
[[nodiscard]] bool is_websocket(const LinkOptions& options);

/// Paho's names for the schemes; the endpoint was checked when the configuration was read.
[[nodiscard]] std::string paho_uri(const std::string& endpoint);

[[nodiscard]] mqtt::create_options create_options(const LinkOptions& options);

/// To be passed as it is: a copy would lose its properties (seen).
[[nodiscard]] mqtt::connect_options connect_options(const LinkOptions& options);

}  // namespace muster::transport
