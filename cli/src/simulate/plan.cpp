// SPDX-License-Identifier: Apache-2.0
// Who the devices are, and where they connect to.
#include "simulate/plan.hpp"

#include "base/files.hpp"
#include "bench/identities.hpp"
#include "bench/plan.hpp"
#include "messages/host_url.hpp"
#include "secrets.hpp"

#include <muster/fleet/probe.hpp>

#include <utility>

namespace muster::cli::simulate {
namespace {

using fleet::SimulationPlan;

Error refuse(std::string why, std::string hint = {}) {
    return {Code::invalid_argument, std::move(why), std::move(hint)};
}

// Flags of a connection mean what they mean to a bench.
Result<fleet::BenchPlan> connection_of(const SimulateOptions& options, fleet::probe::Endpoint endpoint, std::uint32_t devices,
                                       std::istream& in) {
    bench::BenchOptions same;
    // What a bench would do about WebSocket the simulator does itself.
    endpoint.scheme = endpoint.is_tls() ? "mqtts" : "mqtt";
    endpoint.path.clear();
    same.host = endpoint.url();
    same.cafile = options.cafile;
    same.credentials = options.credentials;
    same.client_id = options.client_id;
    same.username = options.username;
    same.password_file = options.password_file;
    same.peer_password_file = options.observe_password_file;
    same.run_id = options.run_id;
    same.clients = devices;
    return bench::plan_of(same, in);
}

// The SDK reads a password from a file, for every connection anew.
Result<std::filesystem::path> keep(const std::string& password, const std::filesystem::path& file) {
    if (password.empty()) return std::filesystem::path();
    if (auto stored = base::store_file(file, password, base::Access::owner_only, base::Existing::refuse); !stored)
        return std::move(stored).error();
    return file;
}

Result<void> name_devices(const SimulateOptions& options, const fleet::BenchPlan& connection, std::uint32_t devices, SimulationPlan& plan) {
    if (options.credentials.empty()) {
        for (std::uint32_t number = 0; number < devices; ++number) {
            plan.devices.push_back({fleet::bench_name(options.client_id, number, connection.run_id),
                                    fleet::bench_name(options.username, number, connection.run_id),
                                    {}});
        }
        return {};
    }
    const auto directories = bench::find_identities(options.credentials, devices);
    if (!directories) return directories.error();
    for (std::uint32_t number = 0; number < devices; ++number) {
        plan.devices.push_back({connection.credentials[number].client_id, "", (*directories)[number]});
    }
    return {};
}

// As the SDK puts the root before a topic; an application of the bundled broker's sees the device's client id there.
std::string prefix_of(const SimulateOptions& options, const SimulationPlan& plan) {
    if (!options.observe_prefix.empty()) return options.observe_prefix;
    return plan.config.topic_root.empty() ? "{client_id}/" : plan.config.topic_root + "/";
}

Result<void> name_observer(const SimulateOptions& options, const fleet::BenchPlan& connection, const std::filesystem::path& directory,
                           SimulationPlan& plan) {
    if (!options.observes()) return {};
    fleet::SimulationObserver observer;
    observer.client_id = "observer-" + connection.run_id;
    observer.username = options.observe_username;
    observer.identity_dir = options.observe_identity;
    observer.prefix = prefix_of(options, plan);
    const bool has_own_password = !options.observe_password_file.empty();
    auto kept = keep(has_own_password ? connection.peer_names.password : "", directory / "observer.password");
    if (!kept) return std::move(kept).error();
    observer.password_file = std::move(*kept);
    plan.observer = std::move(observer);
    return {};
}

}  // namespace

Result<SimulationPlan> plan_of(const SimulateOptions& options, Scenario scenario, const std::filesystem::path& directory,
                               std::istream& in) {
    const std::uint32_t devices = options.devices.value_or(scenario.devices);
    const auto endpoint = fleet::probe::parse_endpoint(url_of_host(options.host, {false, options.port, options.ws_path}));
    if (!endpoint) return Error(endpoint.error()).in("--host");
    auto connection = connection_of(options, *endpoint, devices, in);
    if (!connection) return std::move(connection).error();
    if (options.username.empty() && !options.password_file.empty()) return refuse("--password-file needs --username");
    SimulationPlan plan = std::move(scenario.plan);
    plan.name = scenario.name;
    plan.endpoint = endpoint->url();
    if (!options.version.empty()) plan.config.protocol = options.version == "5" ? Protocol::mqtt5 : Protocol::mqtt311;
    plan.ca_file = options.cafile;
    plan.duration = options.duration.value_or(plan.duration);
    plan.drain = options.drain.value_or(plan.drain);
    plan.seed = options.seed.value_or(plan.seed);
    plan.report_interval = options.report_interval;
    plan.directory = directory;
    if (auto named = name_devices(options, *connection, devices, plan); !named) return std::move(named).error();
    auto kept = keep(connection->names.password, directory / "devices.password");
    if (!kept) return std::move(kept).error();
    plan.password_file = std::move(*kept);
    if (auto named = name_observer(options, *connection, directory, plan); !named) return std::move(named).error();
    // The observer has no identity directory that the trust anchors could come from.
    if (plan.ca_file.empty() && connection->tls && !options.credentials.empty()) plan.ca_file = plan.devices.front().directory / "ca.pem";
    return plan;
}

}  // namespace muster::cli::simulate
