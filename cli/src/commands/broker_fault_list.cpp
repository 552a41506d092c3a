// SPDX-License-Identifier: Apache-2.0
// `muster broker fault list`: what was injected, and what came of it.
#include "commands/broker_fault.hpp"
#include "engines/admin_client.hpp"
#include "output/table.hpp"

#include <nlohmann/json.hpp>

namespace muster::cli {
namespace {

std::string scope_of(const nlohmann::json& fault) {
    const std::string tenant = fault.value("tenant", "");
    const std::string client_id = fault.value("client_id", "");
    if (tenant.empty()) return "all";
    return client_id.empty() ? tenant : tenant + "/" + client_id;
}

std::string number(const nlohmann::json& fault, const char* field) {
    return std::to_string(fault.value(field, std::uint64_t{0}));
}

}  // namespace

Exit run_broker_fault_list(const FaultListOptions& options, Io& io) {
    const auto admin = engines::AdminClient::connect_to(options.admin);
    if (!admin) return io.fail(admin.error());
    const auto faults = admin->call("GET", "/v1/faults");
    if (!faults) return io.fail(faults.error());
    if (io.prints_json()) {
        io.out << faults->dump(2) << std::endl;
        return Exit::ok;
    }
    Table table({"ID", "KIND", "SCOPE", "STATE", "CONSIDERED", "APPLIED"});
    for (const auto& fault : *faults) {
        table.add({number(fault, "id"), fault.value("kind", ""), scope_of(fault), fault.value("standing", false) ? "standing" : "over",
                   number(fault, "considered"), number(fault, "applied")});
    }
    table.print(io.out);
    return Exit::ok;
}

}  // namespace muster::cli
