// SPDX-License-Identifier: Apache-2.0
// What of an examination can be handed on to others: everything but secrets.
#pragma once

#include "doctor/archive.hpp"
#include "doctor/check.hpp"
#include "doctor/config_check.hpp"
#include "doctor/file_checks.hpp"

#include <string>
#include <vector>

namespace muster::cli::doctor {

/// The report, versions, the configuration that counts, and certificates; never a key, a password or a configuration file as it is.
[[nodiscard]] std::vector<ArchiveEntry> bundle_of(const std::vector<Report>& reports, const ConfigFacts& config, const LoadedFiles& files);

}  // namespace muster::cli::doctor
