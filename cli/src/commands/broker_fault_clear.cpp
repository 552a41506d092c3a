// SPDX-License-Identifier: Apache-2.0
// `muster broker fault clear`: ends one fault, or all of them and the scenarios.
#include "commands/broker_fault.hpp"
#include "consent.hpp"
#include "engines/admin_client.hpp"
#include "output/records.hpp"

#include <nlohmann/json.hpp>

namespace muster::cli {

Exit run_broker_fault_clear(const FaultClearOptions& options, Io& io) {
    const auto admin = engines::AdminClient::connect_to(options.admin, io.trace);
    if (!admin) return io.fail(admin.error());
    if (io.is_dry_run) {
        if (const auto reached = admin->call("GET", "/v1/status"); !reached) return io.fail(reached.error());
    }
    if (const auto end = stop_before(io, options.id ? "remove fault " + std::to_string(*options.id) : "remove all faults")) return *end;
    const auto removed = admin->call("DELETE", options.id ? "/v1/faults/" + std::to_string(*options.id) : "/v1/faults");
    if (!removed) return io.fail(removed.error());
    if (io.asks_data()) return print_record(io, *removed, {"removed", {}});
    if (options.id) {
        io.say("removed fault " + std::to_string(*options.id));
    } else {
        const bool is_back = removed->value("outages_ended", std::uint64_t{0}) > 0;
        io.say("removed " + std::to_string(removed->value("removed", std::uint64_t{0})) + " faults that stood" +
               (is_back ? ", an outage among them: the broker serves again" : ""));
    }
    return Exit::ok;
}

}  // namespace muster::cli
