// SPDX-License-Identifier: Apache-2.0
// `muster broker status`: where a running broker serves, and what it has counted.
#include "commands/broker_admin.hpp"
#include "engines/admin_client.hpp"
#include "output/records.hpp"
#include "output/table.hpp"

#include <nlohmann/json.hpp>

namespace muster::cli {

namespace {

void print_text(const nlohmann::json& status, const Io& io, std::ostream& out) {
    Table table({"WHAT", "VALUE"});
    for (const auto& [key, value] : status.items()) {
        if (value.is_string() && !value.get<std::string>().empty()) table.add({key, value.get<std::string>()});
    }
    for (const auto& listener : status.value("listeners", nlohmann::json::array())) {
        const auto certificates = listener.value("client_certificates", nlohmann::json());
        table.add({"listener", listener.value("url", "") +
                                   (certificates.is_string() ? " (client certificates: " + certificates.get<std::string>() + ")" : "")});
    }
    const auto counters = status.find("counters");
    if (counters != status.end()) {
        for (const auto& [key, value] : counters->items()) table.add({key, value.dump()});
    }
    table.print(out, style_of(io));
}

}  // namespace

Exit run_broker_status(const BrokerStatusOptions& options, Io& io) {
    const auto client = engines::AdminClient::connect_to(options.admin, io.trace);
    if (!client) return io.fail(client.error());
    const auto status = client->call("GET", "/v1/status");
    if (!status) return io.fail(status.error());
    return print_record(io, *status, {"version", {}}, [&](std::ostream& out) { print_text(*status, io, out); });
}

}  // namespace muster::cli
