// SPDX-License-Identifier: Apache-2.0
// The command tree: words in, a plain option struct and the function to run out. It is the same in both programs (docs/architecture.md).
#pragma once

#include "commands/commands.hpp"
#include "commands/config.hpp"
#include "tree/command.hpp"
#include "tree/completion.hpp"
#include "tree/globals.hpp"
#include "tree/parser.hpp"
#include "tree/runs.hpp"

#include <functional>
#include <memory>

namespace muster::cli {

/// What a program can do, beside telling about its commands.
struct Abilities {
    Runs runs;
    /// For completion; none: nobody is asked.
    BrokerWords broker_words;
    /// Has another program go on with this command line, which has a command without a function here. Comes back only with the reason why
    /// that cannot be.
    std::function<Error()> hand_over = [] { return Error{Code::internal, "no function runs this command"}; };
};

/// The tree of one invocation. The option structs live as long as it does.
class Tree {
public:
    /// Borrows `abilities` for its life.
    explicit Tree(const Abilities& abilities);
    /// Parses and runs. Help and version are success; every mistake in the words is Exit::usage.
    Exit run(int argc, const char* const* argv, Io& io);

private:
    Exit print_help(const Command& command, Io& io);
    Result<void> print_help_on(const std::vector<std::string>& words, Io& io);
    Exit complete(const std::vector<std::string>& words, Io& io);
    Result<void> load_settings();
    Exit run_resolved(Result<void> understood, Io& io) const;
    [[nodiscard]] Result<void> check_production(Io& io) const;
    [[nodiscard]] Result<void> refuse_unsafe() const;

    const Abilities& abilities_;
    Command root_{"muster", "Provisions MQTT devices into tenants, and serves a broker to test them against."};
    const Command* help_ = nullptr;
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
void add_device_commands(Command& device);
void add_ca_commands(Command& app);           // ca
void add_ca_directory_commands(Command& ca);  // ca init, ca show
void add_bench_commands(Command& app);        // bench
void add_simulate_command(Command& app);
void add_broker_commands(Command& app);  // broker, demo
void add_offer_flags(Command& command, BrokerOfferOptions& options);
void add_broker_admin_commands(Command& broker);
void add_broker_fault_commands(Command& broker);
void add_queue_commands(Command& app);    // queue
void add_config_commands(Command& root);  // context, config
void add_doctor_command(Command& root);
void add_mqtt_commands(Command& app);  // pub, sub
/// help, which is returned, and completion.
Command* add_help_commands(Command& root);

/// Makes `parent NAME` a group that needs one of its sub-commands.
Command* add_group(Command& parent, const char* name, const char* what);

/// A leaf command without flags of its own.
Command* add_command(Command& parent, const char* name, const char* what);

/// A leaf command with a struct of its own: `bind` adds the options. What runs it is in commands/light_runs.cpp or heavy_runs.cpp.
template <class Options, class Bind>
Command* add_command(Command& parent, const char* name, const char* what, Bind bind) {
    auto options = std::make_shared<Options>();
    Command* command = parent.add_child(name, what);
    bind(*command, *options);
    command->fills(std::move(options));
    return command;
}

}  // namespace muster::cli
