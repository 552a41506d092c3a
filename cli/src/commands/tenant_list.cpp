// SPDX-License-Identifier: Apache-2.0
// `muster tenant list`: every tenant of the engine.
#include "commands/commands.hpp"
#include "output/table.hpp"

#include <nlohmann/json.hpp>

namespace muster::cli {

Exit run_tenant_list(const TenantListOptions& options, OpenEngine open, Io& io) {
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    const auto tenants = (*engine)->list_tenants();
    if (!tenants) return io.fail(tenants.error());
    if (io.prints_json()) {
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
        io.out << list.dump(2) << std::endl;
        return Exit::ok;
    }
    Table table({"NAME", "ISOLATION", "DEVICES", "CREATED"});
    for (const auto& tenant : *tenants) table.add({tenant.name, tenant.isolation, std::to_string(tenant.devices), tenant.created});
    table.print(io.out);
    return Exit::ok;
}

}  // namespace muster::cli
