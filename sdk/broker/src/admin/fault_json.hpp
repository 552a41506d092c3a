// SPDX-License-Identifier: Apache-2.0
// Faults and scenarios as JSON, for the admin API and for files.
#pragma once

#include <muster/result.hpp>
#include <muster/testbroker/faults.hpp>

#include <nlohmann/json_fwd.hpp>

#include <string_view>

namespace muster::testbroker::admin {

/// Reads one fault and checks it. Fails with Code::invalid_argument, naming the field.
[[nodiscard]] Result<Fault> parse_fault(std::string_view text);
/// What `parse_fault` reads; parameters at their defaults are left out.
[[nodiscard]] nlohmann::json to_json(const Fault& fault);
/// The same, with id and accounts.
[[nodiscard]] nlohmann::json to_json(const FaultInfo& info);

}  // namespace muster::testbroker::admin
