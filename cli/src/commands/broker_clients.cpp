// SPDX-License-Identifier: Apache-2.0
// `muster broker clients`: every session of a running broker.
#include "commands/broker_admin.hpp"
#include "engines/admin_client.hpp"
#include "output/table.hpp"

#include <nlohmann/json.hpp>

namespace muster::cli {
namespace {

std::string cell(const nlohmann::json& client, const char* key) {
    const auto found = client.find(key);
    if (found == client.end() || found->is_null()) return "-";
    return found->is_string() ? found->get<std::string>() : found->dump();
}

}  // namespace

Exit run_broker_clients(const BrokerClientsOptions& options, Io& io) {
    const auto admin = engines::AdminClient::connect_to(options.admin);
    if (!admin) return io.fail(admin.error());
    const std::string query = options.tenant.empty() ? "" : "?tenant=" + engines::percent_encode(options.tenant);
    const auto clients = admin->call("GET", "/v1/clients" + query);
    if (!clients) return io.fail(clients.error());
    if (io.prints_json()) {
        io.out << clients->dump(2) << std::endl;
        return Exit::ok;
    }
    Table table({"TENANT", "ID", "ROLE", "CONNECTED SINCE", "PEER", "MQTT", "SUBSCRIPTIONS", "QUEUED", "IN FLIGHT"});
    for (const auto& client : *clients) {
        table.add({cell(client, "tenant"), cell(client, "id"), cell(client, "role"), cell(client, "since"), cell(client, "peer"),
                   cell(client, "version"), cell(client, "subscriptions"), cell(client, "queued"), cell(client, "in_flight")});
    }
    table.print(io.out);
    return Exit::ok;
}

}  // namespace muster::cli
