// SPDX-License-Identifier: Apache-2.0
// A broker's server reference as an endpoint.
#pragma once

#include <muster/result.hpp>

#include <string>
#include <string_view>

namespace muster::device {

/// The first place of a server reference (MQTT 5.0, section 4.13: `host`, `host:port`, several divided by spaces) with the scheme of the
/// endpoint that named it; so TLS stays TLS, and plain text stays on loopback. Fails with Code::rejected. Threads: any.
Result<std::string> redirect_target(std::string_view server_reference, std::string_view endpoint_url);

}  // namespace muster::device
