// SPDX-License-Identifier: Apache-2.0
// The flags of an HTTP proxy.
#pragma once

#include <muster/fleet/mqtt_client.hpp>
#include <muster/result.hpp>

#include <istream>
#include <string>

namespace muster::cli {

/// `http://[USER@]HOST:PORT` taken apart; empty: no proxy. Fails with Code::invalid_argument, also for a password in it.
[[nodiscard]] Result<fleet::MqttProxy> parse_proxy(const std::string& flag);

/// With the password that `password_file`, or `in` for `-`, has. Fails as above, with Code::invalid_argument if the file has no user, and
/// as load_secret() does.
[[nodiscard]] Result<fleet::MqttProxy> load_proxy(const std::string& flag, const std::string& password_file, std::istream& in);

}  // namespace muster::cli
