// SPDX-License-Identifier: Apache-2.0
// The command tree: words in, a plain option struct and the function to run out.
#pragma once

#include "commands/commands.hpp"
#include "commands/config.hpp"
#include "tree/command.hpp"
#include "tree/globals.hpp"
#include "tree/parser.hpp"

#include <memory>

namespace muster::cli {

/// The tree of one invocation. The option structs live as long as it does.
class Tree {
public:
    Tree();
    /// Parses and runs. Help and version are success; every mistake in the words is Exit::usage.
    Exit run(int argc, const char* const* argv, Io& io);

private:
    Result<void> load_settings();
    Exit run_resolved(Result<void> understood, Io& io) const;
    [[nodiscard]] Result<void> check_production(Io& io) const;

    Command root_{"muster", "Provisions MQTT devices into tenants, and serves a broker to test them against."};
    GlobalOptions globals_;
    Settings settings_;
    Parsed parsed_;
    const ConfigScene scene_{root_, settings_, parsed_};
};

/// One function per family of commands; each adds its sub-commands.
void add_pki_commands(Command& app);  // key, csr, cert
void add_cert_renewal_commands(Command& cert);
void add_est_commands(Command& cert);   // cert cacerts, cert csrattrs
void add_fleet_commands(Command& app);  // tenant, device, application
void add_sign_command(Command& group);  // csr sign, ca sign
void add_device_enroll_command(Command& device);
void add_ca_commands(Command& app);           // ca
void add_ca_directory_commands(Command& ca);  // ca init, ca show
void add_bench_commands(Command& app);        // bench
void add_broker_commands(Command& app);       // broker, demo
void add_offer_flags(Command& command, BrokerOfferOptions& options);
void add_broker_admin_commands(Command& broker);
void add_broker_fault_commands(Command& broker);
void add_config_commands(Command& root, const ConfigScene& scene);  // context, config
void add_mqtt_commands(Command& app);                               // pub, sub

/// Makes `parent NAME` a group that needs one of its sub-commands.
Command* add_group(Command& parent, const char* name, const char* what);

/// A leaf command with a struct of its own: `bind` adds the options, `run` is what happens.
template <class Options, class Bind, class Run>
Command* add_command(Command& parent, const char* name, const char* what, Bind bind, Run run) {
    auto options = std::make_shared<Options>();
    Command* command = parent.add_child(name, what);
    bind(*command, *options);
    command->runs([options, run](Io& io) { return run(*options, io); });
    return command;
}

}  // namespace muster::cli
