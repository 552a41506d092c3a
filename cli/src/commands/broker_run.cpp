// SPDX-License-Identifier: Apache-2.0
// `muster broker run`: serves until it is told to stop, or as long as a program runs, and says in one line of JSON where.
#include "commands/broker_run.hpp"

#include "base/files.hpp"
#include "child_command.hpp"
#include "commands/broker_guest.hpp"
#include "commands/broker_log_lines.hpp"
#include "commands/listen_url.hpp"
#include "signals.hpp"
#include "time_limit.hpp"

#include <muster/testbroker/broker.hpp>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <map>
#include <utility>

namespace muster::cli {
namespace {

Result<void> set_admin(testbroker::BrokerConfig& config, const BrokerRunOptions& options) {
    if (!options.admin.empty()) {
        if (options.admin.rfind("unix:", 0) != 0)
            return Error{Code::invalid_argument, "--admin '" + options.admin + "' is not of the form unix:PATH"};
        config.admin_socket = options.admin.substr(5);
    }
    config.admin_token_file = options.admin_token_file;
    if (options.admin_http.empty()) return {};
    const auto admin = parse_listen_address(options.admin_http, "--admin-http");
    if (!admin) return admin.error();
    if (admin->scheme != "http") return Error{Code::invalid_argument, "--admin-http '" + options.admin_http + "' must be http://"};
    config.admin_address = admin->address;
    config.admin_port = admin->port;
    return {};
}

Result<void> set_crl(testbroker::BrokerConfig& config, const BrokerRunOptions& options) {
    config.public_crl_url = options.public_crl_url;
    if (options.crl_http.empty()) return {};
    const auto crl = parse_listen_address(options.crl_http, "--crl-http");
    if (!crl) return crl.error();
    if (crl->scheme != "http") return Error{Code::invalid_argument, "--crl-http '" + options.crl_http + "' must be http://"};
    config.crl_address = crl->address;
    config.crl_port = crl->port;
    return {};
}

testbroker::KeyType key_type_named(const std::string& name) {
    using testbroker::KeyType;
    static const std::map<std::string, KeyType> types{{"p256", KeyType::p256},
                                                      {"p384", KeyType::p384},
                                                      {"rsa2048", KeyType::rsa2048},
                                                      {"rsa3072", KeyType::rsa3072},
                                                      {"ed25519", KeyType::ed25519}};
    return types.at(name);  // The command line takes no others.
}

// Programs that were never told of certificates are served too, where nobody says otherwise.
std::vector<std::string> listeners_of(const BrokerRunOptions& options) {
    if (!options.listen.empty()) return options.listen;
    if (options.command.empty() && !options.prints_environment) return {"mqtts://127.0.0.1:0"};
    return {"mqtts://127.0.0.1:0", "mqtt://127.0.0.1:0"};
}

Result<void> check(const BrokerRunOptions& options) {
    if (options.ephemeral && !options.state_dir.empty())
        return Error{Code::invalid_argument, "only one of --ephemeral, --state can be given"};
    if (options.prints_environment && !options.command.empty())
        return Error{Code::invalid_argument, "--print-env is for a shell, and a command is given",
                     "what the command finds is shown by `muster broker run -- env`"};
    return {};
}

Result<testbroker::BrokerConfig> make_config(const BrokerRunOptions& options) {
    if (auto checked = check(options); !checked) return std::move(checked).error();
    testbroker::BrokerConfig config;
    config.state_dir = options.state_dir;
    config.allow_public = options.allow_public;
    config.allow_public_faults = options.allow_public_faults;
    config.password_cost = options.password_cost;
    config.ca_key = key_type_named(options.ca_key);
    config.expired_renewal_grace = std::chrono::hours(options.expired_renewal_grace);
    config.approval_poll = std::chrono::duration_cast<std::chrono::seconds>(options.approval_poll);
    config.server_certificate_lifetime = std::chrono::duration_cast<std::chrono::seconds>(options.server_certificate_lifetime);
    set_offer(config, options.offer);
    config.mqtts_port.reset();
    for (const auto& url : listeners_of(options)) {
        auto listener = parse_listener(url);
        if (!listener) return std::move(listener).error();
        config.listeners.push_back(std::move(*listener));
    }
    const auto est = parse_listen_address(options.est, "--est");
    if (!est) return est.error();
    if (est->scheme != "https") return Error{Code::invalid_argument, "--est '" + options.est + "' must be https://"};
    config.address = est->address;
    config.est_port = est->port;
    if (auto set = set_admin(config, options); !set) return std::move(set).error();
    if (auto set = set_crl(config, options); !set) return std::move(set).error();
    return config;
}

std::string ready_line(const testbroker::BrokerAddresses& addresses) {
    auto listeners = nlohmann::json::array();
    for (const auto& url : addresses.listeners) listeners.push_back({{"url", url}});
    nlohmann::json ready{{"event", "ready"},
                         {"pid", ::getpid()},
                         {"listeners", listeners},
                         {"est_url", addresses.est_url},
                         {"admin", "unix:" + addresses.admin_socket.string()},
                         {"cafile", addresses.ca_file.string()},
                         {"state_dir", addresses.state_dir.string()}};
    if (!addresses.admin_url.empty()) {
        ready["admin_url"] = addresses.admin_url;
        ready["admin_token_file"] = addresses.admin_token_file.string();
    }
    if (!addresses.crl_url.empty()) ready["crl_url"] = addresses.crl_url;
    return ready.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

Result<void> announce(const BrokerRunOptions& options, const std::string& line) {
    if (!options.ready_file.empty()) {
        auto stored = base::store_file(options.ready_file, line, base::Access::everyone_reads, base::Existing::replace);
        if (!stored) return stored;
    }
    if (options.ready_fd >= 0 && ::write(options.ready_fd, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
        return Error{Code::io, "--ready-fd " + std::to_string(options.ready_fd) + " cannot be written"};
    }
    return {};
}

/// A broker that serves until it goes.
class Serving {
public:
    Serving(const BrokerRunOptions& options, Io& io) : options_(options), io_(io), log_(options.log_format, io) {}

    Result<void> start(testbroker::BrokerConfig config) {
        log_.attach_to(config);
        auto broker = testbroker::Broker::start(std::move(config));
        if (!broker) return std::move(broker).error();
        broker_ = std::move(*broker);
        if (!options_.command.empty() || options_.prints_environment) {
            auto guest = BrokerGuest::make(*broker_, options_.guest);
            if (!guest) return std::move(guest).error();
            guest_ = std::move(*guest);
        } else if (!options_.guest.tenant.empty()) {
            if (auto ensured = ensure_tenant(*broker_, options_.guest.tenant, options_.guest); !ensured) return ensured;
        }
        return announce(options_, ready_line(broker_->addresses()));
    }

    Exit serve(StopSignals& signals) {
        if (options_.state_dir.empty()) io_.say("no --state: nothing outlives this broker");
        io_.say("next, in another terminal: export MUSTER_ADMIN=unix:" + broker_->addresses().admin_socket.string());
        // After the file: who waits for it may then read that.
        io_.out << (options_.prints_environment ? guest_->shell_lines() : ready_line(broker_->addresses())) << std::flush;
        // To be asked to stop is how a server ends well.
        while (!signals.wait(std::chrono::hours(24))) {
        }
        return Exit::ok;
    }

    Exit run(ChildCommand& command) {
        if (const auto started = command.start(options_.command, guest_->variables()); !started)
            return io_.fail_as(exit_for_start(started.error()), name_of(started.error().code()), started.error().message(),
                               started.error().hint());
        return command.wait();
    }

private:
    const BrokerRunOptions& options_;
    Io& io_;
    BrokerLogLines log_;
    std::unique_ptr<testbroker::Broker> broker_;  // Stops and removes what is temporary when it goes.
    std::unique_ptr<BrokerGuest> guest_;
};

// A program's exit code must not be mistaken for that of a broker it was never run with.
Exit fail_start(const Error& error, const Io& io) {
    return io.fail_as(Exit::no_broker, name_of(error.code()), "the broker could not start: " + error.message(), error.hint());
}

Exit serve(const BrokerRunOptions& options, testbroker::BrokerConfig config, StopSignals& signals, Io& io) {
    Serving serving(options, io);
    const auto started = serving.start(std::move(config));
    return started ? serving.serve(signals) : io.fail(started.error());
}

Exit serve_command(const BrokerRunOptions& options, testbroker::BrokerConfig config, ChildCommand& command, Io& io) {
    Serving serving(options, io);
    const auto started = serving.start(std::move(config));
    return started ? serving.run(command) : fail_start(started.error(), io);
}

}  // namespace

Exit run_broker_run(const BrokerRunOptions& options, Io& io) {
    auto config = make_config(options);
    if (!config) return io.fail(config.error());
    if (options.command.empty()) {
        StopSignals signals(1, Hangup::is_waited_for);
        const TimeLimitSignal limit;
        const Exit exit = serve(options, std::move(*config), signals, io);
        return limit.has_come() ? Exit::timeout : exit;
    }
    ChildCommand command;
    const TimeLimitSignal limit;
    const Exit exit = serve_command(options, std::move(*config), command, io);
    return limit.has_come() ? Exit::timeout : exit;
}

}  // namespace muster::cli
