// SPDX-License-Identifier: Apache-2.0
// `muster broker kick`: ends a client's connections.
#include "commands/broker_admin.hpp"
#include "consent.hpp"
#include "engines/admin_client.hpp"
#include "output/records.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace muster::cli {

Exit run_broker_kick(const BrokerKickOptions& options, Io& io) {
    const auto admin = engines::AdminClient::connect_to(options.admin, io.trace);
    if (!admin) return io.fail(admin.error());
    if (io.is_dry_run) {
        const auto clients = admin->call("GET", "/v1/clients?tenant=" + engines::percent_encode(options.tenant));
        if (!clients) return io.fail(clients.error());
        const bool is_there = std::any_of(clients->begin(), clients->end(), [&options](const auto& client) {
            return client.value("id", "") == options.id && client.value("connected", false);
        });
        if (!is_there)
            return io.fail(Error{Code::not_found, "no client '" + options.id + "' of tenant '" + options.tenant + "' is connected"});
    }
    if (const auto end = stop_before(io, "end the connections of " + options.id + " of tenant " + options.tenant)) return *end;
    const auto kicked =
        admin->call("DELETE", "/v1/tenants/" + engines::percent_encode(options.tenant) + "/clients/" + engines::percent_encode(options.id));
    if (!kicked) return io.fail(kicked.error());
    if (io.asks_data()) return print_record(io, *kicked, {"kicked", {}});
    io.say("kicked " + options.id + " of " + options.tenant);
    return Exit::ok;
}

}  // namespace muster::cli
