// SPDX-License-Identifier: Apache-2.0
// `muster broker kick`: ends a client's connections.
#include "commands/broker_admin.hpp"
#include "engines/admin_client.hpp"
#include "output/records.hpp"

#include <nlohmann/json.hpp>

namespace muster::cli {

Exit run_broker_kick(const BrokerKickOptions& options, Io& io) {
    const auto admin = engines::AdminClient::connect_to(options.admin);
    if (!admin) return io.fail(admin.error());
    const auto kicked =
        admin->call("DELETE", "/v1/tenants/" + engines::percent_encode(options.tenant) + "/clients/" + engines::percent_encode(options.id));
    if (!kicked) return io.fail(kicked.error());
    if (io.asks_data()) return print_record(io, *kicked, {"kicked", {}});
    io.say("kicked " + options.id + " of " + options.tenant);
    return Exit::ok;
}

}  // namespace muster::cli
