// SPDX-License-Identifier: Apache-2.0
// `muster tenant list`: every tenant of the engine.
#include "commands/commands.hpp"
#include "output/records.hpp"

namespace muster::cli {

Exit run_tenant_list(const TenantListOptions& options, OpenEngine open, Io& io) {
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    const auto tenants = (*engine)->list_tenants();
    if (!tenants) return io.fail(tenants.error());
    auto list = nlohmann::json::array();
    for (const auto& tenant : *tenants) {
        list.push_back({{"name", tenant.name},
                        {"isolation", tenant.isolation},
                        {"devices", tenant.devices},
                        {"issuing_ca_sha256", tenant.issuing_ca_sha256},
                        {"created", tenant.created},
                        {"device_passwords", tenant.device_passwords},
                        {"anonymous", tenant.anonymous},
                        {"manual_approval", tenant.manual_approval}});
    }
    return print_list(io, list,
                      {"name",
                       {{"NAME", "name"},
                        {"ISOLATION", "isolation"},
                        {"DEVICES", "devices"},
                        {"CREATED", "created"},
                        {"PASSWORDS", "device_passwords", true},
                        {"ANONYMOUS", "anonymous", true},
                        {"APPROVAL", "manual_approval", true},
                        {"ISSUING CA", "issuing_ca_sha256", true}}});
}

}  // namespace muster::cli
