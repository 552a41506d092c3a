// SPDX-License-Identifier: Apache-2.0
// `muster broker clients`: every session of a running broker.
#include "commands/broker_admin.hpp"
#include "engines/admin_client.hpp"
#include "output/records.hpp"

#include <nlohmann/json.hpp>

namespace muster::cli {
Exit run_broker_clients(const BrokerClientsOptions& options, Io& io) {
    const auto admin = engines::AdminClient::connect_to(options.admin, io.trace);
    if (!admin) return io.fail(admin.error());
    const std::string query = options.tenant.empty() ? "" : "?tenant=" + engines::percent_encode(options.tenant);
    const auto clients = admin->call("GET", "/v1/clients" + query);
    if (!clients) return io.fail(clients.error());
    return print_list(io, *clients,
                      {"id",
                       {{"TENANT", "tenant"},
                        {"ID", "id"},
                        {"ROLE", "role"},
                        {"CONNECTED SINCE", "since"},
                        {"PEER", "peer"},
                        {"MQTT", "version"},
                        {"SUBSCRIPTIONS", "subscriptions"},
                        {"QUEUED", "queued"},
                        {"IN FLIGHT", "in_flight"}}});
}

}  // namespace muster::cli
