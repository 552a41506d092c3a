// SPDX-License-Identifier: Apache-2.0
// What admission asks of whoever knows the tenants.
#pragma once

#include <muster/testbroker/broker.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace muster::testbroker::tenancy {

enum class Role : std::uint8_t { device, application };

/// Whether somebody who was let in once would be again.
enum class Standing : std::uint8_t {
    good,
    certificate_revoked,  ///< Or, for an application, not one that was issued to it.
    revoked,              ///< The device, whatever it shows.
    unknown,              ///< Not registered, or deleted.
};

struct Tenant {
    std::string name;
    Isolation isolation = Isolation::device;
    TenantOptions options;
    testbroker::TenantLimits limits = {};
};

/// Who signed a client's certificate.
struct Issuer {
    Tenant tenant;
    bool is_external = false;        ///< Not the broker's own authority: it names devices only.
    bool registers_devices = false;  ///< Whom it names is registered at the first connect.
};

/// Adds the devices that a trusted CA vouches for. Threads: any.
class Registrar {
public:
    virtual ~Registrar() = default;
    /// Waits for the disk. False: it could not be stored, or an application has that name.
    virtual bool register_device(std::string_view tenant, std::string_view id) = 0;
};

/// Every call is a look-up in memory, because ten thousand clients may connect at once. Only `check_password` computes: a memory-hard hash,
/// unless the same password was right before. Threads: any.
class Directory {
public:
    virtual ~Directory() = default;
    /// The tenant whose own issuing CA has this SHA-256 (lower-case hexadecimal of its DER form).
    [[nodiscard]] virtual std::optional<Tenant> tenant_of_issuer(std::string_view issuer_sha256) const = 0;
    /// The CA with this SHA-256, the tenant's own or one that it trusts.
    [[nodiscard]] virtual std::optional<Issuer> issuer(std::string_view sha256) const {
        auto tenant = tenant_of_issuer(sha256);
        return tenant ? std::optional(Issuer{*std::move(tenant)}) : std::nullopt;
    }
    [[nodiscard]] virtual std::optional<Tenant> tenant_named(std::string_view name) const = 0;
    /// Whose name this is in the tenant; none if nobody's.
    [[nodiscard]] virtual std::optional<Role> role_of(std::string_view tenant, std::string_view name) const = 0;
    /// Of the device or application of that name. The serial is hexadecimal in capitals, of an even length; empty without a certificate.
    [[nodiscard]] virtual Standing standing(std::string_view tenant, std::string_view name, std::string_view certificate_serial) const = 0;
    /// Grows whenever somebody's standing has become worse or a tenant's limits have changed: who holds connections looks at all of them
    /// again.
    [[nodiscard]] virtual std::uint64_t withdrawals() const = 0;
    /// The tenant that takes clients without credentials; at most one does.
    [[nodiscard]] virtual std::optional<Tenant> anonymous_tenant() const = 0;
    /// What the tenant's `user` is, if this is its password: a device by its client id, or an application. None for a wrong password and
    /// for an unknown user, which take the same time.
    [[nodiscard]] virtual std::optional<Role> check_password(std::string_view tenant, std::string_view user,
                                                             std::string_view password) const = 0;
    /// Whether `check_password` has found this password right before, and so answers at once.
    [[nodiscard]] virtual bool remembers_password(std::string_view tenant, std::string_view user, std::string_view password) const = 0;
};

}  // namespace muster::testbroker::tenancy
