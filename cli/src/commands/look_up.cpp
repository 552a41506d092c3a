// SPDX-License-Identifier: Apache-2.0
// What a dry run asks an engine.
#include "commands/look_up.hpp"

#include "consent.hpp"

#include <algorithm>

namespace muster::cli {
namespace {

template <class Entry, class Is>
Result<Entry> find_in(Result<std::vector<Entry>> entries, const Is& is, const std::string& what) {
    if (!entries) return std::move(entries).error();
    const auto found = std::find_if(entries->begin(), entries->end(), is);
    if (found == entries->end()) return Error{Code::not_found, "there is no " + what};
    return std::move(*found);
}

}  // namespace

Result<engines::Tenant> find_tenant(engines::Engine& engine, const std::string& name) {
    return find_in(
        engine.list_tenants(), [&name](const engines::Tenant& tenant) { return tenant.name == name; }, "tenant '" + name + "'");
}

Result<void> check_tenant_is_new(engines::Engine& engine, const std::string& name) {
    const auto found = find_tenant(engine, name);
    if (found) return Error{Code::conflict, "there is a tenant '" + name + "' already"};
    if (found.error().code() != Code::not_found) return found.error();
    return {};
}

Result<engines::TrustedCa> find_trusted_ca(engines::Engine& engine, const std::string& tenant, const std::string& sha256) {
    return find_in(
        engine.list_trusted_cas(tenant), [&sha256](const engines::TrustedCa& ca) { return ca.sha256 == sha256; },
        "CA '" + sha256 + "' of tenant '" + tenant + "'");
}

std::optional<Exit> stop_before_device_loss(const Io& io, engines::Engine& engine, const std::string& tenant,
                                            const std::vector<std::string>& ids, const std::string& verb) {
    std::string names;
    for (const auto& id : ids) {
        if (io.is_dry_run) {
            if (const auto found = engine.find_device(tenant, id); !found) return io.fail(found.error());
        }
        names += (names.empty() ? "" : ", ") + id;
    }
    return stop_before_loss(io, verb + " " + names + " of tenant " + tenant);
}

}  // namespace muster::cli
