// SPDX-License-Identifier: Apache-2.0
// `muster broker logs`: follows a running broker's events.
#include "commands/broker_admin.hpp"
#include "engines/admin_client.hpp"
#include "output/records.hpp"
#include "signals.hpp"

namespace muster::cli {
namespace {

using Json = nlohmann::json;

std::string text(const Json& event, const char* key) {
    const auto found = event.find(key);
    if (found == event.end()) return "";
    return found->is_string() ? found->get<std::string>() : found->dump();
}

std::string line_of(const Json& event) {
    std::string line = text(event, "time") + " " + text(event, "event");
    if (event.contains("tenant") || event.contains("client_id")) line += " " + text(event, "tenant") + "/" + text(event, "client_id");
    for (const char* key : {"count", "reason"}) {
        if (event.contains(key)) line += " " + text(event, key);
    }
    if (event.contains("by")) line += " by " + text(event, "by");
    for (const char* key : {"why", "topic", "fault", "certificate_serial"}) {
        if (event.contains(key)) line += ": " + text(event, key);
    }
    return printable(std::move(line));  // What a client chose may not steer the terminal.
}

std::string path_of(const BrokerLogsOptions& options) {
    std::string path = "/v1/events";
    char separator = '?';
    if (!options.tenant.empty()) {
        path += separator + ("tenant=" + engines::percent_encode(options.tenant));
        separator = '&';
    }
    if (options.after) path += separator + ("last_event_id=" + std::to_string(*options.after));
    return path;
}

View event_view() {
    return {"id",
            {{"ID", "id"},
             {"TIME", "time"},
             {"EVENT", "event"},
             {"TENANT", "tenant"},
             {"CLIENT", "client_id"},
             {"BY", "by"},
             {"REASON", "reason"},
             {"WHY", "why"},
             {"TOPIC", "topic"},
             {"COUNT", "count"},
             {"FAULT", "fault"},
             {"SERIAL", "certificate_serial"}}};
}

}  // namespace

Exit run_broker_logs(const BrokerLogsOptions& options, Io& io) {
    StopSignals signals;
    RecordStream stream(io, event_view());
    if (const auto checked = stream.check(); !checked) return io.fail(checked.error());
    const auto admin = engines::AdminClient::connect_to(options.admin, io.trace);
    if (!admin) return io.fail(admin.error());
    std::uint64_t seen = 0;
    using Next = engines::AdminClient::Next;
    const auto print = [&](const Json& event) {
        if (io.prints_data())
            stream.print(event);
        else
            io.out << line_of(event) << std::endl;
        return ++seen == options.count ? Next::enough : Next::more;
    };
    const auto followed = admin->follow(path_of(options), print, [&] { return signals.wait(std::chrono::milliseconds(0)).has_value(); });
    return followed ? Exit::ok : io.fail(followed.error());
}

}  // namespace muster::cli
