// SPDX-License-Identifier: Apache-2.0
// Checks of what a certificate says: whose it is, who vouches for it, when it is valid.
#pragma once

#include "doctor/check.hpp"

#include <muster/inspection.hpp>
#include <muster/pki.hpp>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace muster::cli::doctor {

/// `client_id` as it was asked for; empty: the CN itself.
[[nodiscard]] Finding check_client_id(const std::string& common_name, const std::string& client_id);

/// `has_own_anchors`: the anchors are to vouch for the device, too, and not for servers alone. Time is not looked at.
[[nodiscard]] Finding check_chain(const std::filesystem::path& chain, const std::filesystem::path& anchors, bool has_own_anchors);

/// The chain's certificates, the device's first.
[[nodiscard]] Finding check_validity(const std::vector<pki::CertificateInfo>& chain, std::chrono::system_clock::time_point now);

/// "3 days", "5 hours": one unit, downwards.
[[nodiscard]] std::string about(std::chrono::seconds time);

}  // namespace muster::cli::doctor
