// SPDX-License-Identifier: Apache-2.0
// The command tree: CLI11 in, a plain option struct and the function to run out.
#pragma once

#include "commands/commands.hpp"

#include <CLI/CLI.hpp>

#include <functional>

namespace muster::cli {

/// What the command line chose. Callbacks only record it: it runs after parsing has succeeded as a whole.
using Chosen = std::function<Exit(Io&)>;

/// The tree of one invocation. The option structs live as long as it does.
class Tree {
public:
    Tree();
    /// Parses and runs. Help and version are success; every mistake in the words is Exit::usage.
    Exit run(int argc, const char* const* argv, Io& io);

private:
    Exit report(const CLI::ParseError& error, const Io& io);
    [[nodiscard]] const CLI::App* deepest() const;

    CLI::App app_{"Provisions MQTT devices into tenants, and serves a broker to test them against."};
    Chosen chosen_;
    Format format_ = Format::automatic;
    bool quiet_ = false;
};

/// One function per family of commands; each adds its sub-commands and sets `chosen` when one is picked.
void add_pki_commands(CLI::App& app, Chosen& chosen);  // key, csr, cert
void add_cert_renewal_commands(CLI::App& cert, Chosen& chosen);
void add_est_commands(CLI::App& cert, Chosen& chosen);   // cert cacerts, cert csrattrs
void add_fleet_commands(CLI::App& app, Chosen& chosen);  // tenant, device, application
void add_sign_command(CLI::App& group, Chosen& chosen);  // csr sign, ca sign
void add_device_enroll_command(CLI::App& device, Chosen& chosen);
void add_ca_commands(CLI::App& app, Chosen& chosen);           // ca
void add_ca_directory_commands(CLI::App& ca, Chosen& chosen);  // ca init, ca show
void add_broker_commands(CLI::App& app, Chosen& chosen);       // broker, demo
void add_offer_flags(CLI::App& command, BrokerOfferOptions& options);
void add_broker_admin_commands(CLI::App& broker, Chosen& chosen);
void add_broker_fault_commands(CLI::App& broker, Chosen& chosen);
void add_mqtt_commands(CLI::App& app, Chosen& chosen);  // pub, sub

/// Makes `parent NAME` a group that needs one of its sub-commands.
CLI::App* add_group(CLI::App& app, const char* name, const char* what);

/// A leaf command with a struct of its own: `bind` adds the options, `run` is what happens.
template <class Options, class Bind, class Run>
CLI::App* add_command(CLI::App& parent, const char* name, const char* what, Chosen& chosen, Bind bind, Run run) {
    auto options = std::make_shared<Options>();
    CLI::App* command = parent.add_subcommand(name, what);
    bind(*command, *options);
    command->callback([options, run, &chosen] { chosen = [options, run](Io& io) { return run(*options, io); }; });
    return command;
}

}  // namespace muster::cli
