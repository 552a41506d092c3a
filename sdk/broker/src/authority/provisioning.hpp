// SPDX-License-Identifier: Apache-2.0
// Tenants in the authority and the registry at once: both have one, or neither.
#pragma once

#include "authority/authority.hpp"
#include "registry/registry.hpp"

namespace muster::testbroker::authority {

/// As Broker::create_tenant. After a crash between the two, the same call completes it. Threads: any.
Result<TenantInfo> create_tenant(Authority& authority, registry::Registry& registry, std::string_view name, Isolation isolation,
                                 const TenantOptions& options = {});

/// As Broker::delete_tenant. A tenant that takes the name later gets another CA, also after a crash half way.
Result<void> delete_tenant(Authority& authority, registry::Registry& registry, std::string_view name);

/// As Broker::add_trusted_ca.
Result<TrustedCa> add_trusted_ca(const Authority& authority, registry::Registry& registry, std::string_view tenant,
                                 std::string_view certificate_pem, std::string_view proof_pem, AutoRegistration auto_registration,
                                 base::WallTime now);

/// Loads the issuing CA of every tenant in the registry, when the broker starts. Fails as Authority::load_issuer, naming the tenant.
Result<void> load_issuers(Authority& authority, const registry::Registry& registry);

}  // namespace muster::testbroker::authority
