// SPDX-License-Identifier: Apache-2.0
// `muster broker run`: serves until it is told to stop, and says in one line of JSON where.
#include "base/files.hpp"
#include "commands/broker_log_lines.hpp"
#include "commands/commands.hpp"
#include "signals.hpp"

#include <muster/testbroker/broker.hpp>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <charconv>
#include <optional>

namespace muster::cli {
namespace {

struct ListenAddress {
    std::string scheme;
    std::string address;
    std::uint16_t port = 0;
};

Result<ListenAddress> parse_listen(const std::string& url, const char* flag) {
    const Error error{Code::invalid_argument, std::string(flag) + " '" + url + "' is not SCHEME://ADDRESS:PORT",
                      "for example mqtts://127.0.0.1:8883; port 0 lets the system choose"};
    const auto scheme_end = url.find("://");
    const auto colon = url.rfind(':');
    if (scheme_end == std::string::npos || colon == std::string::npos || colon < scheme_end + 3) return error;
    ListenAddress parsed{url.substr(0, scheme_end), url.substr(scheme_end + 3, colon - scheme_end - 3), 0};
    if (parsed.address.size() > 2 && parsed.address.front() == '[' && parsed.address.back() == ']') {
        parsed.address = parsed.address.substr(1, parsed.address.size() - 2);
    }
    const char* end = url.data() + url.size();
    const auto [stop, status] = std::from_chars(url.data() + colon + 1, end, parsed.port);
    if (parsed.address.empty() || status != std::errc() || stop != end) return error;
    return parsed;
}

Result<void> set_admin(testbroker::BrokerConfig& config, const BrokerRunOptions& options) {
    if (!options.admin.empty()) {
        if (options.admin.rfind("unix:", 0) != 0)
            return Error{Code::invalid_argument, "--admin '" + options.admin + "' is not of the form unix:PATH"};
        config.admin_socket = options.admin.substr(5);
    }
    config.admin_token_file = options.admin_token_file;
    if (options.admin_http.empty()) return {};
    const auto admin = parse_listen(options.admin_http, "--admin-http");
    if (!admin) return admin.error();
    if (admin->scheme != "http") return Error{Code::invalid_argument, "--admin-http '" + options.admin_http + "' must be http://"};
    config.admin_address = admin->address;
    config.admin_port = admin->port;
    return {};
}

/// Fails if the scheme is none that is served, or its listener is there already.
Result<void> add_listener(testbroker::BrokerConfig& config, const ListenAddress& listen, bool& has_mqtts) {
    const bool is_mqtts = listen.scheme == "mqtts";
    std::optional<std::uint16_t>* port = nullptr;
    if (listen.scheme == "mqtt") port = &config.mqtt_port;
    if (listen.scheme == "ws") port = &config.ws_port;
    if (listen.scheme == "wss") port = &config.wss_port;
    if (port == nullptr && !is_mqtts) return Error{Code::invalid_argument, "this broker serves mqtts://, mqtt://, wss:// and ws://"};
    if (is_mqtts ? has_mqtts : port->has_value()) return Error{Code::invalid_argument, "one listener of each kind at most"};
    if (is_mqtts) {
        has_mqtts = true;
        config.mqtts_port = listen.port;
    } else {
        *port = listen.port;
    }
    return {};
}

Result<testbroker::BrokerConfig> make_config(const BrokerRunOptions& options) {
    testbroker::BrokerConfig config;
    config.data_dir = options.data_dir;
    config.allow_public = options.allow_public;
    config.allow_public_faults = options.allow_public_faults;
    config.password_cost = options.password_cost;
    bool has_mqtts = false;
    std::optional<std::string> address;
    const auto same_address = [&](const ListenAddress& listen) {
        if (!address) address = listen.address;
        return *address == listen.address;
    };
    for (const auto& url : options.listen) {
        const auto listen = parse_listen(url, "--listen");
        if (!listen) return listen.error();
        if (auto added = add_listener(config, *listen, has_mqtts); !added) return std::move(added).error().in("--listen '" + url + "'");
        if (!same_address(*listen))
            return Error{Code::invalid_argument, "--listen '" + url + "': all listeners share one address, and another names " + *address};
    }
    const auto est = parse_listen(options.est, "--est");
    if (!est) return est.error();
    if (est->scheme != "https") return Error{Code::invalid_argument, "--est '" + options.est + "' must be https://"};
    if (!same_address(*est))
        return Error{Code::invalid_argument, "--est '" + options.est + "': all listeners share one address, and another names " + *address};
    config.est_port = est->port;
    config.address = *address;
    if (auto set = set_admin(config, options); !set) return std::move(set).error();
    return config;
}

std::string ready_line(const testbroker::BrokerAddresses& addresses) {
    auto listeners = nlohmann::json::array({{{"url", addresses.mqtts_url}}});
    if (!addresses.mqtt_url.empty()) listeners.push_back({{"url", addresses.mqtt_url}});
    if (!addresses.ws_url.empty()) listeners.push_back({{"url", addresses.ws_url}});
    if (!addresses.wss_url.empty()) listeners.push_back({{"url", addresses.wss_url}});
    nlohmann::json ready{{"event", "ready"},
                         {"pid", ::getpid()},
                         {"listeners", listeners},
                         {"est_url", addresses.est_url},
                         {"admin", "unix:" + addresses.admin_socket.string()},
                         {"cafile", addresses.ca_file.string()},
                         {"data_dir", addresses.data_dir.string()}};
    if (!addresses.admin_url.empty()) {
        ready["admin_url"] = addresses.admin_url;
        ready["admin_token_file"] = addresses.admin_token_file.string();
    }
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
    if (options.data_dir.empty()) io.say("no --data-dir: tenants and certificates last until this broker stops");
    io.say("next, in another terminal: export MUSTER_ADMIN=unix:" + addresses.admin_socket.string());
    if (const auto announced = announce(options, ready_line(addresses), io); !announced) return io.fail(announced.error());

    // To be asked to stop is how a server ends well.
    while (!signals.wait(std::chrono::hours(24))) {
    }
    (*broker)->stop();
    return Exit::ok;
}

}  // namespace muster::cli
