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
    auto known = issuer(issuer_sha256);
    return known && !known->is_external ? std::optional(std::move(known->tenant)) : std::nullopt;
}

std::optional<tenancy::Issuer> RegistryDirectory::issuer(std::string_view sha256) const {
    return content_.with([&](const Content& content) -> std::optional<tenancy::Issuer> {
        const auto found = content.issuers.find(sha256);
        if (found == content.issuers.end()) return std::nullopt;
        const auto& known = found->second;
        return tenancy::Issuer{find(content, known.tenant)->tenant, known.is_external, known.registers_devices};
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

std::optional<tenancy::Role> RegistryDirectory::role_of(std::string_view tenant, std::string_view name) const {
    const auto known = principal(tenant, name);
    if (known.is_application) return tenancy::Role::application;
    return known.is_device ? std::optional(tenancy::Role::device) : std::nullopt;
}

tenancy::Standing RegistryDirectory::standing(std::string_view tenant, std::string_view name, std::string_view certificate_serial) const {
    using tenancy::Standing;
    return content_.with([&](const Content& content) {
        const auto* entry = find(content, tenant);
        if (entry == nullptr) return Standing::unknown;
        const auto found = entry->principals.find(name);
        if (found == entry->principals.end()) return Standing::unknown;
        if (found->second.is_revoked) return Standing::revoked;
        if (certificate_serial.empty() && !found->second.is_application) return Standing::good;
        if (entry->revoked_serials.contains(certificate_serial)) return Standing::certificate_revoked;
        if (!found->second.is_application || certificate_serial.empty()) return Standing::good;
        // Only what was issued to it: a device's old certificate does not make it an application of its name.
        const auto issued = entry->application_certificates.find(certificate_serial);
        const bool is_own = issued != entry->application_certificates.end() && issued->second == name;
        return is_own ? Standing::good : Standing::certificate_revoked;
    });
}

bool RegistryDirectory::is_registered(std::string_view tenant, std::string_view device_id) const {
    return principal(tenant, device_id).is_device;
}

std::optional<tenancy::Role> RegistryDirectory::check_password(std::string_view tenant, std::string_view user,
                                                               std::string_view password) const {
    const auto known = principal(tenant, user);
    const auto& credential = known.password && !known.is_revoked ? known.password : stand_in_;
    if (!credential->matches(password)) return std::nullopt;
    return known.is_application ? tenancy::Role::application : tenancy::Role::device;
}

bool RegistryDirectory::remembers_password(std::string_view tenant, std::string_view user, std::string_view password) const {
    const auto known = principal(tenant, user);
    return known.password && known.password->remembers(password);
}

void RegistryDirectory::put_tenant(const tenancy::Tenant& tenant, std::string_view issuer_sha256) {
    content_.with([&](Content& content) {
        auto& entry = content.tenants[tenant.name];
        const auto limits = entry.tenant.limits;
        entry.tenant = tenant;
        entry.tenant.limits = limits;
        content.issuers[std::string(issuer_sha256)] = {tenant.name};
        if (tenant.options.anonymous)
            content.anonymous_tenant = tenant.name;
        else if (content.anonymous_tenant == tenant.name)
            content.anonymous_tenant.clear();
    });
}

void RegistryDirectory::put_limits(std::string_view tenant, const TenantLimits& limits) {
    content_.with([&](Content& content) { content.tenants[std::string(tenant)].tenant.limits = limits; });
    ++withdrawals_;
}

void RegistryDirectory::put_device(std::string_view tenant, std::string_view id) {
    content_.with([&](Content& content) { content.tenants[std::string(tenant)].principals[std::string(id)].is_device = true; });
}

void RegistryDirectory::put_application(std::string_view tenant, std::string_view user) {
    content_.with([&](Content& content) { content.tenants[std::string(tenant)].principals[std::string(user)].is_application = true; });
}

void RegistryDirectory::put_password(std::string_view tenant, tenancy::Role role, std::string_view name,
                                     std::shared_ptr<const Credential> password) {
    content_.with([&](Content& content) {
        auto& principal = content.tenants[std::string(tenant)].principals[std::string(name)];
        (role == tenancy::Role::device ? principal.is_device : principal.is_application) = true;
        principal.password = std::move(password);
    });
}

void RegistryDirectory::put_trusted_ca(std::string_view tenant, std::string_view sha256, bool registers_devices) {
    content_.with([&](Content& content) { content.issuers[std::string(sha256)] = {std::string(tenant), true, registers_devices}; });
}

void RegistryDirectory::put_application_certificate(std::string_view tenant, std::string_view user, std::string_view serial) {
    content_.with(
        [&](Content& content) { content.tenants[std::string(tenant)].application_certificates[std::string(serial)] = std::string(user); });
}

// In the next five the content changes first: who sees the number grow must see the change.
void RegistryDirectory::revoke_device(std::string_view tenant, std::string_view id) {
    content_.with([&](Content& content) { content.tenants[std::string(tenant)].principals[std::string(id)].is_revoked = true; });
    ++withdrawals_;
}

void RegistryDirectory::revoke_certificate(std::string_view tenant, std::string_view serial) {
    content_.with([&](Content& content) { content.tenants[std::string(tenant)].revoked_serials.emplace(serial); });
    ++withdrawals_;
}

void RegistryDirectory::remove_trusted_ca(std::string_view sha256) {
    content_.with([&](Content& content) { content.issuers.erase(std::string(sha256)); });
    ++withdrawals_;
}

void RegistryDirectory::remove_principal(std::string_view tenant, std::string_view name) {
    content_.with([&](Content& content) {
        auto& entry = content.tenants[std::string(tenant)];
        entry.principals.erase(std::string(name));
        std::erase_if(entry.application_certificates, [&](const auto& issued) { return issued.second == name; });
    });
    ++withdrawals_;
}

void RegistryDirectory::remove_tenant(std::string_view name) {
    content_.with([&](Content& content) {
        const auto found = content.tenants.find(name);
        if (found == content.tenants.end()) return;
        std::erase_if(content.issuers, [&](const auto& issuer) { return issuer.second.tenant == name; });
        if (content.anonymous_tenant == name) content.anonymous_tenant.clear();
        content.tenants.erase(found);
    });
    ++withdrawals_;
}

std::shared_ptr<const Credential> RegistryDirectory::credential(PasswordHash stored) const {
    return std::make_shared<const Credential>(std::move(stored), key_);
}

}  // namespace muster::testbroker::registry
