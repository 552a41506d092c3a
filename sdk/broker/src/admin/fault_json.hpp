// SPDX-License-Identifier: Apache-2.0
// Faults and scenarios as JSON, for the admin API and for files.
#pragma once

#include <muster/testbroker/faults.hpp>

#include <nlohmann/json_fwd.hpp>

namespace muster::testbroker::admin {

/// What `parse_fault` reads; parameters at their defaults are left out.
[[nodiscard]] nlohmann::json to_json(const Fault& fault);
/// The same, with id and accounts.
[[nodiscard]] nlohmann::json to_json(const FaultInfo& info);

}  // namespace muster::testbroker::admin
