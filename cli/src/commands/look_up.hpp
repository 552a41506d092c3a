// SPDX-License-Identifier: Apache-2.0
// What a dry run asks instead of changing anything: is there what the change needs?
#pragma once

#include "engines/engine.hpp"
#include "io.hpp"

#include <muster/result.hpp>

#include <optional>
#include <string>
#include <vector>

namespace muster::cli {

/// Fails with Code::not_found.
Result<engines::Tenant> find_tenant(engines::Engine& engine, const std::string& name);
/// Fails with Code::conflict if there is one.
Result<void> check_tenant_is_new(engines::Engine& engine, const std::string& name);
/// Fails with Code::not_found (tenant, CA).
Result<engines::TrustedCa> find_trusted_ca(engines::Engine& engine, const std::string& tenant, const std::string& sha256);

/// stop_before_loss() of devices; a dry run asks whether they are there. `verb`: "delete".
[[nodiscard]] std::optional<Exit> stop_before_device_loss(const Io& io, engines::Engine& engine, const std::string& tenant,
                                                          const std::vector<std::string>& ids, const std::string& verb);

}  // namespace muster::cli
