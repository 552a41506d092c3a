// SPDX-License-Identifier: Apache-2.0
// Tenants in the authority and the registry at once.
#include "authority/provisioning.hpp"

#include "authority/external_ca.hpp"
#include "registry/names.hpp"

namespace muster::testbroker::authority {

namespace {

// What a deleted tenant of that name left behind.
Result<void> discard_retired(Authority& authority, registry::Registry& registry, std::string_view name) {
    auto left = authority.stored_issuer(name);
    if (!left) return std::move(left).error();
    if (!*left) return {};
    const auto retired = registry.is_retired(**left);
    if (!retired) return retired.error();
    return *retired ? authority.discard_issuer(name) : Result<void>();
}

}  // namespace

Result<TenantInfo> create_tenant(Authority& authority, registry::Registry& registry, std::string_view name, Isolation isolation,
                                 const TenantOptions& options) {
    // Before anything is made: the name becomes a file name.
    if (auto valid = registry::check_tenant_name(name); !valid) return std::move(valid).error();
    if (auto fresh = discard_retired(authority, registry, name); !fresh) return std::move(fresh).error();
    // The CA first. If the broker dies before the row is written, the next attempt finds its files and goes on with them; a row without a
    // CA could not be mended.
    auto issuer = authority.ensure_issuer(name);
    if (!issuer) return std::move(issuer).error().in("create tenant " + std::string(name));
    return registry.add_tenant(name, isolation, issuer->pem, issuer->sha256, options);
}

Result<void> delete_tenant(Authority& authority, registry::Registry& registry, std::string_view name) {
    if (auto deleted = registry.delete_tenant(name); !deleted) return deleted;
    return authority.discard_issuer(name);
}

Result<TrustedCa> add_trusted_ca(const Authority& authority, registry::Registry& registry, std::string_view tenant,
                                 std::string_view certificate_pem, std::string_view proof_pem, AutoRegistration auto_registration,
                                 base::WallTime now) {
    auto ca = check_external_ca(certificate_pem, proof_pem, now);
    if (!ca) return std::move(ca).error();
    if (authority.has_ca(ca->subject_sha256, ca->key_sha256))
        return Error{Code::conflict, "the CA, its name or its key is one of this broker's own"};
    return registry.add_trusted_ca({std::string(tenant), std::move(ca->pem), std::move(ca->sha256), std::move(ca->subject),
                                    std::move(ca->subject_sha256), std::move(ca->key_sha256), ca->not_after, std::move(ca->challenge),
                                    auto_registration});
}

Result<void> load_issuers(Authority& authority, const registry::Registry& registry) {
    const auto tenants = registry.tenants();
    if (!tenants) return tenants.error();
    for (const auto& tenant : *tenants)
        if (auto loaded = authority.load_issuer(tenant.name, tenant.issuing_ca_sha256); !loaded)
            return std::move(loaded).error().in("load tenant " + tenant.name);
    return {};
}

}  // namespace muster::testbroker::authority
