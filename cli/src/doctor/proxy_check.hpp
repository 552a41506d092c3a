// SPDX-License-Identifier: Apache-2.0
// The proxy between this device and its brokers: which it is, and whether it lets the device through.
#pragma once

#include "doctor/check.hpp"
#include "doctor/network_checks.hpp"
#include "doctor/options.hpp"

#include <muster/fleet/mqtt_packet.hpp>
#include <muster/result.hpp>

#include <chrono>
#include <vector>

namespace muster::cli::doctor {

/// Gives each way the proxy that the flags name, else the device's configuration, else, if that says so, the environment; without its
/// password. Fails with Code::invalid_argument.
Result<void> choose_proxies(const DoctorOptions& options, std::vector<Way>& ways);

/// Reads the proxies' password, if they have one from a file. Fails as base::load_secret_file() does.
Result<void> load_proxy_password(const DoctorOptions& options, std::vector<Way>& ways);

/// Asks each way's proxy for a tunnel. Ways that it refuses have no address any more.
[[nodiscard]] Finding check_proxies(std::vector<Way>& ways, std::chrono::milliseconds timeout);

}  // namespace muster::cli::doctor
