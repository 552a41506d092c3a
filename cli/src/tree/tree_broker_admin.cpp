// SPDX-License-Identifier: Apache-2.0
// The flags of the commands that look at a running broker.
#include "commands/broker_admin.hpp"
#include "tree/tree.hpp"

namespace muster::cli {
namespace {

void add_admin(Command& command, std::string& admin) {
    command.add_option("--admin", admin, "unix:PATH of the broker's admin socket, or http://ADDRESS:PORT and MUSTER_ADMIN_TOKEN_FILE");
}

}  // namespace

void add_broker_admin_commands(Command& broker) {
    add_command<BrokerStatusOptions>(broker, "status", "Where a running broker serves, and what it has counted",
                                     [](Command& command, BrokerStatusOptions& options) {
                                         add_admin(command, options.admin);
                                         command.examples("muster broker status --admin unix:fleet/admin.sock");
                                     });
    add_command<BrokerClientsOptions>(broker, "clients", "Its sessions: who is connected, what waits, what is in flight",
                                      [](Command& command, BrokerClientsOptions& options) {
                                          command.add_option("-T,--tenant", options.tenant, "Of this tenant only");
                                          add_admin(command, options.admin);
                                          command.examples("muster broker clients --tenant acme -o json");
                                      });
    add_command<BrokerKickOptions>(broker, "kick", "End a client's connections; MQTT 5 clients are told 0x98, administrative action",
                                   [](Command& command, BrokerKickOptions& options) {
                                       command.mutates();
                                       command.add_option("ID", options.id, "Its client id").required();
                                       command.add_option("-T,--tenant", options.tenant, "Its tenant").required();
                                       add_admin(command, options.admin);
                                       command.examples("muster broker kick press-01 --tenant acme");
                                   });
    add_command<BrokerStopOptions>(broker, "stop",
                                   "Stop a broker of this machine that `muster broker run` serves, and wait until it has ended",
                                   [](Command& command, BrokerStopOptions& options) {
                                       command.mutates();
                                       command.add_option("--admin", options.admin, "unix:PATH of the broker's admin socket");
                                       command.notes("It waits for up to 30 s, or as long as --timeout says.");
                                       command.examples("muster broker stop --admin unix:fleet/admin.sock");
                                   });
    add_command<BrokerLogsOptions>(
        broker, "logs", "Follow what happens: connects, disconnects, refusals, enrollments, faults, drops",
        [](Command& command, BrokerLogsOptions& options) {
            command.add_option("-T,--tenant", options.tenant, "Of this tenant only");
            command.add_option("--after", options.after, "Begin behind the event of this number, as far as it is kept; 0: the oldest kept")
                .type_name("ID");
            command.add_option("-C,--count", options.count, "End after so many events (default: never)").type_name("N");
            add_admin(command, options.admin);
            command.examples("muster broker logs --tenant acme -o jsonl");
        });
}

}  // namespace muster::cli
