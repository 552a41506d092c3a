// SPDX-License-Identifier: Apache-2.0
// `muster broker run`: serves until it is told to stop, and says in one line of JSON where.
#include "base/files.hpp"
#include "commands/broker_log_lines.hpp"
#include "commands/commands.hpp"
#include "commands/listen_url.hpp"
#include "signals.hpp"

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

Result<testbroker::BrokerConfig> make_config(const BrokerRunOptions& options) {
    testbroker::BrokerConfig config;
    config.state_dir = options.state_dir;
    config.allow_public = options.allow_public;
    config.allow_public_faults = options.allow_public_faults;
    config.password_cost = options.password_cost;
    config.ca_key = key_type_named(options.ca_key);
    config.expired_renewal_grace = std::chrono::hours(options.expired_renewal_grace);
    config.approval_poll = std::chrono::duration_cast<std::chrono::seconds>(options.approval_poll);
    set_offer(config, options.offer);
    config.mqtts_port.reset();
    for (const auto& url : options.listen) {
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

// Standard output last: who waits for it may then read the file.
Result<void> announce(const BrokerRunOptions& options, const std::string& line, Io& io) {
    if (!options.ready_file.empty()) {
        auto stored = base::store_file(options.ready_file, line, base::Access::everyone_reads, base::Existing::replace);
        if (!stored) return stored;
    }
    if (options.ready_fd >= 0 && ::write(options.ready_fd, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
        return Error{Code::io, "--ready-fd " + std::to_string(options.ready_fd) + " cannot be written"};
    }
    io.out << line << std::flush;
    return {};
}

}  // namespace

Exit run_broker_run(const BrokerRunOptions& options, Io& io) {
    StopSignals signals;
    auto config = make_config(options);
    if (!config) return io.fail(config.error());
    BrokerLogLines log(options.log_format, io);
    log.attach_to(*config);
    auto broker = testbroker::Broker::start(std::move(*config));
    if (!broker) return io.fail(broker.error());

    const auto& addresses = (*broker)->addresses();
    if (options.state_dir.empty()) io.say("no --state: nothing outlives this broker");
    io.say("next, in another terminal: export MUSTER_ADMIN=unix:" + addresses.admin_socket.string());
    if (const auto announced = announce(options, ready_line(addresses), io); !announced) return io.fail(announced.error());

    // To be asked to stop is how a server ends well.
    while (!signals.wait(std::chrono::hours(24))) {
    }
    (*broker)->stop();
    return Exit::ok;
}

}  // namespace muster::cli
