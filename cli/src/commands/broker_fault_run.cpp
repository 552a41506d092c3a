// SPDX-License-Identifier: Apache-2.0
// `muster broker fault run`: plays a scenario file.
#include "base/files.hpp"
#include "commands/broker_fault.hpp"
#include "consent.hpp"
#include "engines/admin_client.hpp"
#include "output/records.hpp"

#include <muster/testbroker/faults.hpp>

#include <nlohmann/json.hpp>

namespace muster::cli {

Exit run_broker_fault_run(const FaultRunOptions& options, Io& io) {
    const auto text = base::load_file(options.scenario);
    if (!text) return io.fail(text.error());
    // Here, because the broker does not see the file's lines.
    if (const auto scenario = testbroker::parse_scenario(*text); !scenario) return io.fail(scenario.error().in(options.scenario.string()));
    const auto admin = engines::AdminClient::connect_to(options.admin, io.trace);
    if (!admin) return io.fail(admin.error());
    const auto body = nlohmann::json::parse(*text);
    if (io.is_dry_run) {
        if (const auto reached = admin->call("GET", "/v1/status"); !reached) return io.fail(reached.error());
    }
    if (const auto end = stop_before(io, "play the scenario " + options.scenario.string())) return *end;
    const auto begun = admin->call("POST", "/v1/scenarios", &body);
    if (!begun) return io.fail(begun.error());
    if (io.asks_data()) return print_record(io, *begun, {"steps", {}});
    io.say("began a scenario of " + std::to_string(begun->value("steps", std::uint64_t{0})) + " steps");
    return Exit::ok;
}

}  // namespace muster::cli
