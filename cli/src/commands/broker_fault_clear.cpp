// SPDX-License-Identifier: Apache-2.0
// `muster broker fault clear`: ends one fault, or all of them and the scenarios.
#include "commands/broker_fault.hpp"
#include "engines/admin_client.hpp"
#include "output/records.hpp"

#include <nlohmann/json.hpp>

namespace muster::cli {

Exit run_broker_fault_clear(const FaultClearOptions& options, Io& io) {
    const auto admin = engines::AdminClient::connect_to(options.admin);
    if (!admin) return io.fail(admin.error());
    const auto removed = admin->call("DELETE", options.id ? "/v1/faults/" + std::to_string(*options.id) : "/v1/faults");
    if (!removed) return io.fail(removed.error());
    if (io.asks_data()) return print_record(io, *removed, {"removed", {}});
    if (options.id) {
        io.say("removed fault " + std::to_string(*options.id));
    } else {
        io.say("removed " + std::to_string(removed->value("removed", std::uint64_t{0})) + " faults that stood");
    }
    return Exit::ok;
}

}  // namespace muster::cli
