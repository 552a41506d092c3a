// SPDX-License-Identifier: Apache-2.0
// Checks of servers beside the broker: the EST server, and the time that a server tells.
#pragma once

#include "doctor/check.hpp"

#include <muster/est.hpp>
#include <muster/fleet/probe.hpp>
#include <muster/pki.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace muster::cli::doctor {

/// Asks an EST server for its CA certificates; `anchors` are those of its `trust_anchors`.
[[nodiscard]] Finding check_est(const EstServer& server, const std::vector<pki::CertificateInfo>& anchors);

/// This machine's clock beside the server's; `url` is one of HTTP, empty: none is known. `proxy`: how that is reached.
[[nodiscard]] Finding check_clock(const std::string& url, const fleet::MqttProxy& proxy, std::chrono::milliseconds timeout);
[[nodiscard]] Finding judge_clock(const fleet::probe::RemoteTime& time, const std::string& url);

}  // namespace muster::cli::doctor
