// SPDX-License-Identifier: Apache-2.0
// Answers admission's questions from memory: what the registry stores, as far as a CONNECT is concerned.
#pragma once

#include "base/guarded.hpp"
#include "registry/credential.hpp"
#include "tenancy/directory.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace muster::testbroker::registry {

/// The registry owns it and puts into it what it has stored, while it holds the database's lock, so that both change in one order. Within a
/// tenant a name is a device's or an application's. Threads: any.
class RegistryDirectory final : public tenancy::Directory {
public:
    /// `cost` is that of new passwords: an unknown user's takes as long. Fails with Code::internal (no randomness).
    static Result<std::unique_ptr<RegistryDirectory>> make(unsigned cost);

    [[nodiscard]] std::optional<tenancy::Tenant> tenant_of_issuer(std::string_view issuer_sha256) const override;
    [[nodiscard]] std::optional<tenancy::Issuer> issuer(std::string_view sha256) const override;
    [[nodiscard]] std::optional<tenancy::Tenant> tenant_named(std::string_view name) const override;
    [[nodiscard]] std::optional<tenancy::Tenant> anonymous_tenant() const override;
    [[nodiscard]] std::optional<tenancy::Role> role_of(std::string_view tenant, std::string_view name) const override;
    [[nodiscard]] tenancy::Standing standing(std::string_view tenant, std::string_view name,
                                             std::string_view certificate_serial) const override;
    [[nodiscard]] std::uint64_t withdrawals() const override { return withdrawals_; }
    [[nodiscard]] bool is_registered(std::string_view tenant, std::string_view device_id) const;
    [[nodiscard]] std::optional<tenancy::Role> check_password(std::string_view tenant, std::string_view user,
                                                              std::string_view password) const override;
    [[nodiscard]] bool remembers_password(std::string_view tenant, std::string_view user, std::string_view password) const override;

    /// New, or with new options; the limits stay.
    void put_tenant(const tenancy::Tenant& tenant, std::string_view issuer_sha256);
    void put_limits(std::string_view tenant, const TenantLimits& limits);
    /// These need their tenant to be there.
    void put_device(std::string_view tenant, std::string_view id);
    void put_application(std::string_view tenant, std::string_view user);
    void put_password(std::string_view tenant, tenancy::Role role, std::string_view name, std::shared_ptr<const Credential> password);

    void put_trusted_ca(std::string_view tenant, std::string_view sha256, bool registers_devices);
    void remove_trusted_ca(std::string_view sha256);
    void put_application_certificate(std::string_view tenant, std::string_view user, std::string_view serial);
    void revoke_device(std::string_view tenant, std::string_view id);
    void revoke_certificate(std::string_view tenant, std::string_view serial);
    /// A device or an application.
    void remove_principal(std::string_view tenant, std::string_view name);
    void remove_tenant(std::string_view name);

    /// A credential whose memory is keyed by this process.
    [[nodiscard]] std::shared_ptr<const Credential> credential(PasswordHash stored) const;

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    template <class Value>
    using ByName = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;

    struct Principal {
        bool is_device = false;
        bool is_application = false;
        bool is_revoked = false;
        std::shared_ptr<const Credential> password;
    };
    struct Entry {
        tenancy::Tenant tenant;
        ByName<Principal> principals;
        ByName<std::string> application_certificates;  // Serial to application.
        std::unordered_set<std::string, Hash, std::equal_to<>> revoked_serials;
    };
    struct KnownIssuer {
        std::string tenant;
        bool is_external = false;
        bool registers_devices = false;
    };
    struct Content {
        ByName<Entry> tenants;
        ByName<KnownIssuer> issuers;   // By SHA-256.
        std::string anonymous_tenant;  // Empty: none.
    };

    explicit RegistryDirectory(std::string key, unsigned cost);
    [[nodiscard]] static const Entry* find(const Content& content, std::string_view tenant);
    [[nodiscard]] Principal principal(std::string_view tenant, std::string_view name) const;

    const std::string key_;
    const std::shared_ptr<const Credential> stand_in_;  // For users who are not there, so that their answer takes as long.
    base::Guarded<Content> content_;
    std::atomic<std::uint64_t> withdrawals_{0};
};

}  // namespace muster::testbroker::registry
