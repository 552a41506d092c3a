// SPDX-License-Identifier: Apache-2.0
// The limits that the registry keeps for tenants, as the core asks for them.
#pragma once

#include "tenancy/directory.hpp"
#include "tenancy/tenant_limits.hpp"

namespace muster::testbroker {

/// Threads: any; the directory answers from memory.
class StoredLimits final : public tenancy::TenantLimitsSource {
public:
    explicit StoredLimits(const tenancy::Directory& directory) : directory_(directory) {}
    [[nodiscard]] tenancy::TenantLimits limits_of(std::string_view tenant) const override;

private:
    const tenancy::Directory& directory_;
};

}  // namespace muster::testbroker
