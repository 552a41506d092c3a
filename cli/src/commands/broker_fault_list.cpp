// SPDX-License-Identifier: Apache-2.0
// `muster broker fault list`: what was injected, and what came of it.
#include "commands/broker_fault.hpp"
#include "engines/admin_client.hpp"
#include "output/records.hpp"

#include <nlohmann/json.hpp>

namespace muster::cli {
Exit run_broker_fault_list(const FaultListOptions& options, Io& io) {
    const auto admin = engines::AdminClient::connect_to(options.admin, io.trace);
    if (!admin) return io.fail(admin.error());
    const auto faults = admin->call("GET", "/v1/faults");
    if (!faults) return io.fail(faults.error());
    return print_list(io, *faults,
                      {"id",
                       {{"ID", "id"},
                        {"KIND", "kind"},
                        {"TENANT", "tenant"},
                        {"CLIENT", "client_id"},
                        {"STANDING", "standing"},
                        {"CONSIDERED", "considered"},
                        {"APPLIED", "applied"}}});
}

}  // namespace muster::cli
