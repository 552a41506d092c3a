// SPDX-License-Identifier: Apache-2.0
// What admission asks of whoever knows the tenants.
#pragma once

#include <muster/testbroker/broker.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace muster::testbroker::tenancy {

struct Tenant {
    std::string name;
    Isolation isolation = Isolation::device;
};

/// Threads: any; each call may take as long as a database look-up, `check_password` as long as a memory-hard hash.
class Directory {
public:
    virtual ~Directory() = default;
    /// The tenant whose issuing CA has this SHA-256 (lower-case hexadecimal of its DER form).
    [[nodiscard]] virtual std::optional<Tenant> tenant_of_issuer(std::string_view issuer_sha256) const = 0;
    [[nodiscard]] virtual std::optional<Tenant> tenant_named(std::string_view name) const = 0;
    [[nodiscard]] virtual bool is_registered(std::string_view tenant, std::string_view device_id) const = 0;
    /// Whether the tenant's application `user` has this password.
    [[nodiscard]] virtual bool check_password(std::string_view tenant, std::string_view user, std::string_view password) const = 0;
};

}  // namespace muster::testbroker::tenancy
