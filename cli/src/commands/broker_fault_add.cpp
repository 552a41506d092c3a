// SPDX-License-Identifier: Apache-2.0
// `muster broker fault add`: injects one fault.
#include "commands/broker_fault.hpp"
#include "consent.hpp"
#include "engines/admin_client.hpp"
#include "output/records.hpp"

#include <nlohmann/json.hpp>

namespace muster::cli {

Exit run_broker_fault_add(const FaultAddOptions& options, Io& io) {
    const auto admin = engines::AdminClient::connect_to(options.admin, io.trace);
    if (!admin) return io.fail(admin.error());
    nlohmann::json fault{{"kind", options.kind}};
    for (const auto& [name, value] : options.fields) {
        std::visit([&fault, &field = name](const auto& typed) { fault[field] = typed; }, value);
    }
    if (io.is_dry_run) {
        if (const auto reached = admin->call("GET", "/v1/status"); !reached) return io.fail(reached.error());
    }
    if (const auto end = stop_before(io, "inject the fault " + options.kind)) return *end;
    const auto added = admin->call("POST", "/v1/faults", &fault);
    if (!added) return io.fail(added.error());
    return print_record(io, *added, {"id", {{"ID", "id"}}},
                        [&](std::ostream& out) { out << added->value("id", std::uint64_t{0}) << '\n'; });
}

}  // namespace muster::cli
