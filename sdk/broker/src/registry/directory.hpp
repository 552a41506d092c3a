// SPDX-License-Identifier: Apache-2.0
// Answers admission's questions from the registry.
#pragma once

#include "registry/registry.hpp"
#include "tenancy/directory.hpp"

#include <muster/log.hpp>

#include <optional>
#include <string_view>

namespace muster::testbroker::registry {

/// When the registry cannot be read, nobody is known and no password is right; the log says why.
/// Threads: any.
class RegistryDirectory final : public tenancy::Directory {
public:
    /// The registry is borrowed for the directory's life.
    explicit RegistryDirectory(const Registry& registry, LogSink log = {}) : registry_(registry), log_(std::move(log)) {}
    [[nodiscard]] std::optional<tenancy::Tenant> tenant_of_issuer(std::string_view issuer_sha256) const override;
    [[nodiscard]] std::optional<tenancy::Tenant> tenant_named(std::string_view name) const override;
    [[nodiscard]] bool is_registered(std::string_view tenant, std::string_view device_id) const override;
    [[nodiscard]] bool check_password(std::string_view tenant, std::string_view user, std::string_view password) const override;

private:
    [[nodiscard]] std::optional<tenancy::Tenant> to_tenant(const Result<std::optional<Tenant>>& found) const;
    [[nodiscard]] bool is_true(const Result<bool>& answer) const;
    void report(const Error& error) const;

    const Registry& registry_;
    LogSink log_;
};

}  // namespace muster::testbroker::registry
