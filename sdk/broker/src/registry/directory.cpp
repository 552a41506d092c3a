// SPDX-License-Identifier: Apache-2.0
// Admission's questions, answered from the registry.
#include "registry/directory.hpp"

namespace muster::testbroker::registry {

void RegistryDirectory::report(const Error& error) const {
    if (log_) log_(LogLevel::error, "the registry could not be read: " + error.message());
}

std::optional<tenancy::Tenant> RegistryDirectory::to_tenant(const Result<std::optional<Tenant>>& found) const {
    if (!found) {
        report(found.error());
        return std::nullopt;
    }
    const auto& tenant = found.value();
    return tenant ? std::optional(tenancy::Tenant{tenant->name, tenant->isolation}) : std::nullopt;
}

bool RegistryDirectory::is_true(const Result<bool>& answer) const {
    if (!answer) report(answer.error());
    return answer && answer.value();
}

std::optional<tenancy::Tenant> RegistryDirectory::tenant_of_issuer(std::string_view issuer_sha256) const {
    return to_tenant(registry_.find_tenant_by_issuer(issuer_sha256));
}

std::optional<tenancy::Tenant> RegistryDirectory::tenant_named(std::string_view name) const {
    return to_tenant(registry_.find_tenant(name));
}

bool RegistryDirectory::is_registered(std::string_view tenant, std::string_view device_id) const {
    return is_true(registry_.has_device(tenant, device_id));
}

bool RegistryDirectory::check_password(std::string_view tenant, std::string_view user, std::string_view password) const {
    return is_true(registry_.check_application(tenant, user, password));
}

}  // namespace muster::testbroker::registry
