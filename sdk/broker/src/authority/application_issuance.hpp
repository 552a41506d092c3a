// SPDX-License-Identifier: Apache-2.0
// Certificates for applications, which the administrator asks for.
#pragma once

#include "authority/authority.hpp"
#include "registry/registry.hpp"

#include <muster/testbroker/certificates.hpp>

namespace muster::testbroker::authority {

/// `most`, or the shorter lifetime that the tenant's policy gives its certificates.
[[nodiscard]] Validity validity_of(const registry::Registry& registry, std::string_view tenant, Validity most);

/// As Broker::issue_application_certificate. Threads: any; waits for the disk.
Result<IssuedCertificate> issue_application_certificate(Authority& authority, registry::Registry& registry, std::string_view tenant,
                                                        std::string_view user, std::string_view csr_pem, Validity most);

}  // namespace muster::testbroker::authority
