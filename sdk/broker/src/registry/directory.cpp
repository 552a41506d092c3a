// SPDX-License-Identifier: Apache-2.0
// Admission's questions, answered from memory.
#include "registry/directory.hpp"

namespace muster::testbroker::registry {
namespace {

// No password has an all-zero hash that anyone could find.
PasswordHash unmatched(unsigned cost) {
    PasswordHash stored;
    stored.n = std::uint64_t{1} << cost;
    stored.salt.assign(16, '\0');
    stored.hash.assign(32, '\0');
    return stored;
}

}  // namespace

Result<std::unique_ptr<RegistryDirectory>> RegistryDirectory::make(unsigned cost) {
    auto key = make_process_key();
    if (!key) return std::move(key).error();
    return std::unique_ptr<RegistryDirectory>(new RegistryDirectory(*std::move(key), cost));
}

RegistryDirectory::RegistryDirectory(std::string key, unsigned cost) : key_(std::move(key)), stand_in_(credential(unmatched(cost))) {}

const RegistryDirectory::Entry* RegistryDirectory::find(const Content& content, std::string_view tenant) {
    const auto found = content.tenants.find(tenant);
    return found == content.tenants.end() ? nullptr : &found->second;
}

std::optional<tenancy::Tenant> RegistryDirectory::tenant_of_issuer(std::string_view issuer_sha256) const {
    return content_.with([&](const Content& content) -> std::optional<tenancy::Tenant> {
        const auto found = content.tenant_of_issuer.find(issuer_sha256);
        if (found == content.tenant_of_issuer.end()) return std::nullopt;
        return find(content, found->second)->tenant;
    });
}

std::optional<tenancy::Tenant> RegistryDirectory::tenant_named(std::string_view name) const {
    return content_.with([&](const Content& content) {
        const auto* entry = find(content, name);
        return entry == nullptr ? std::nullopt : std::optional(entry->tenant);
    });
}

std::optional<tenancy::Tenant> RegistryDirectory::anonymous_tenant() const {
    return content_.with([&](const Content& content) {
        const auto* entry = content.anonymous_tenant.empty() ? nullptr : find(content, content.anonymous_tenant);
        return entry == nullptr ? std::nullopt : std::optional(entry->tenant);
    });
}

RegistryDirectory::Principal RegistryDirectory::principal(std::string_view tenant, std::string_view name) const {
    return content_.with([&](const Content& content) {
        const auto* entry = find(content, tenant);
        if (entry == nullptr) return Principal{};
        const auto found = entry->principals.find(name);
        return found == entry->principals.end() ? Principal{} : found->second;
    });
}

bool RegistryDirectory::is_registered(std::string_view tenant, std::string_view device_id) const {
    return principal(tenant, device_id).is_device;
}

std::optional<tenancy::Role> RegistryDirectory::check_password(std::string_view tenant, std::string_view user,
                                                               std::string_view password) const {
    const auto known = principal(tenant, user);
    const auto& credential = known.password ? known.password : stand_in_;
    if (!credential->matches(password)) return std::nullopt;
    return known.is_application ? tenancy::Role::application : tenancy::Role::device;
}

bool RegistryDirectory::remembers_password(std::string_view tenant, std::string_view user, std::string_view password) const {
    const auto known = principal(tenant, user);
    return known.password && known.password->remembers(password);
}

void RegistryDirectory::put_tenant(const tenancy::Tenant& tenant, std::string_view issuer_sha256) {
    content_.with([&](Content& content) {
        content.tenants[tenant.name].tenant = tenant;
        content.tenant_of_issuer[std::string(issuer_sha256)] = tenant.name;
        if (tenant.options.anonymous)
            content.anonymous_tenant = tenant.name;
        else if (content.anonymous_tenant == tenant.name)
            content.anonymous_tenant.clear();
    });
}

void RegistryDirectory::put_device(std::string_view tenant, std::string_view id) {
    content_.with([&](Content& content) { content.tenants[std::string(tenant)].principals[std::string(id)].is_device = true; });
}

void RegistryDirectory::put_password(std::string_view tenant, tenancy::Role role, std::string_view name,
                                     std::shared_ptr<const Credential> password) {
    content_.with([&](Content& content) {
        auto& principal = content.tenants[std::string(tenant)].principals[std::string(name)];
        (role == tenancy::Role::device ? principal.is_device : principal.is_application) = true;
        principal.password = std::move(password);
    });
}

std::shared_ptr<const Credential> RegistryDirectory::credential(PasswordHash stored) const {
    return std::make_shared<const Credential>(std::move(stored), key_);
}

}  // namespace muster::testbroker::registry
