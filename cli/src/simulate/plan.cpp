// SPDX-License-Identifier: Apache-2.0
// Who the devices are, and where they connect to.
#include "simulate/plan.hpp"

#include "base/files.hpp"
#include "bench/identities.hpp"
#include "bench/plan.hpp"
#include "messages/hashed_directory.hpp"
#include "messages/host_url.hpp"
#include "secrets.hpp"
#include "simulate/device_flags.hpp"
#include "simulate/work_directory.hpp"

#include <muster/fleet/probe.hpp>

#include <utility>
#include <vector>

namespace muster::cli::simulate {
namespace {

using fleet::SimulationPlan;

Error refuse(std::string why, std::string hint = {}) {
    return {Code::invalid_argument, std::move(why), std::move(hint)};
}

Result<std::vector<fleet::probe::Endpoint>> endpoints_of(const SimulateOptions& options) {
    std::vector<fleet::probe::Endpoint> endpoints;
    for (const auto& host : options.hosts) {
        auto endpoint = fleet::probe::parse_endpoint(url_of_host(host, {false, options.port, options.ws_path}));
        if (!endpoint) return std::move(endpoint).error().in("--host");
        endpoints.push_back(std::move(*endpoint));
    }
    return endpoints;
}

// Flags of a connection mean what they mean to a bench.
Result<fleet::BenchPlan> connection_of(const SimulateOptions& options, std::vector<fleet::probe::Endpoint> endpoints, std::uint32_t devices,
                                       std::istream& in) {
    bench::BenchOptions same;
    // What a bench would do about WebSocket the simulator does itself.
    for (auto& endpoint : endpoints) {
        endpoint.scheme = endpoint.is_tls() ? "mqtts" : "mqtt";
        endpoint.path.clear();
        same.hosts.push_back(endpoint.url());
    }
    same.proxy = options.proxy;
    same.proxy_password_file = options.proxy_password_file;
    same.cafile = options.cafile;
    same.capath = options.capath;
    same.insecure_skip_verify = options.insecure_skip_verify;
    same.tls_version = options.tls_version;
    same.ciphers = options.ciphers;
    same.alpn = options.alpn;
    same.credentials = options.credentials;
    same.certificate = options.certificate;
    same.key = options.key;
    same.key_password_file = options.key_password_file;
    same.username = options.username;
    same.password_file = options.password_file;
    same.peer_password_file = options.observe_password_file;
    same.run_id = options.run_id;
    same.clients = devices;
    return bench::plan_of(same, in);
}

// The SDK takes trust anchors from one file.
Result<std::filesystem::path> gather_anchors(const SimulateOptions& options, const std::filesystem::path& file) {
    if (options.capath.empty()) return options.cafile;
    auto parts = hashed_certificates(options.capath);
    if (parts.empty())
        return Error{Code::not_found, "--capath " + options.capath.string() + " has no certificate by its hash, as OpenSSL looks for it",
                     "openssl rehash " + options.capath.string()};
    if (!options.cafile.empty()) parts.push_back(options.cafile);
    std::string anchors;
    for (const auto& part : parts) {
        const auto content = base::load_file(part);
        if (!content) return Error(content.error()).in("--capath");
        anchors += *content + "\n";
    }
    if (auto stored = base::store_file(file, anchors, base::Access::everyone_reads, base::Existing::refuse); !stored)
        return std::move(stored).error();
    return file;
}

Result<void> choose_proxy(const fleet::MqttProxy& proxy, const std::filesystem::path& directory, SimulationPlan& plan) {
    auto kept = keep_secret(proxy.password, directory / "proxy.password");
    if (!kept) return std::move(kept).error();
    if (!proxy.username.empty() && kept->empty()) return refuse("--proxy has a user, and no password", "give --proxy-password-file FILE");
    plan.proxy.url = proxy.url;
    plan.proxy.username = proxy.username;
    plan.proxy.password_file = std::move(*kept);
    return {};
}

// The SDK has a certificate and its key in a directory of their own.
Result<void> share_identity(const fleet::BenchCredential& credential, const std::filesystem::path& directory, SimulationPlan& plan) {
    if (auto made = base::make_private_directory(directory); !made) return made;
    const auto files = IdentityFiles::in(directory);
    auto stored = base::store_file(files.key, credential.key_pem, base::Access::owner_only, base::Existing::refuse);
    for (const auto& file : {files.certificate, files.chain}) {
        if (stored) stored = base::store_file(file, credential.chain_pem, base::Access::everyone_reads, base::Existing::refuse);
    }
    plan.shared_identity = directory;
    return stored;
}

Result<void> choose_identity(const SimulateOptions& options, const fleet::BenchPlan& connection, const std::filesystem::path& directory,
                             SimulationPlan& plan) {
    if (connection.credentials.empty()) return {};
    auto kept = keep_secret(connection.credentials.front().key_password, directory / "key.password");
    if (!kept) return std::move(kept).error();
    plan.key_password_file = std::move(*kept);
    return options.certificate.empty() ? Result<void>() : share_identity(connection.credentials.front(), directory / "identity", plan);
}

bool names_group(const std::string& pattern) {
    for (auto at = pattern.find('%'); at < pattern.size() - 1; at = pattern.find('%', at + 2)) {
        if (pattern[at + 1] == 'g') return true;
    }
    return false;
}

// What else stands behind a % is left to whoever numbers the devices.
std::string with_group(const std::string& pattern, const std::string& group) {
    std::string text;
    for (std::size_t at = 0; at < pattern.size(); ++at) {
        const bool is_mark = pattern[at] == '%' && at + 1 < pattern.size();
        if (is_mark && pattern[at + 1] == 'g') {
            text += group;
        } else {
            text += pattern.substr(at, is_mark ? 2 : 1);
        }
        at += is_mark ? 1 : 0;
    }
    return text;
}

Result<void> generate_names(const SimulateOptions& options, const std::string& run_id, std::uint32_t devices, SimulationPlan& plan) {
    std::string pattern = options.client_id;
    if (pattern.empty()) pattern = plan.groups.empty() ? "sim-%r-%i" : "sim-%r-%g-%i";
    for (const auto& [flag, text] : {std::pair{"--client-id", pattern}, {"--username", options.username}}) {
        if (plan.groups.empty() && names_group(text))
            return refuse(std::string(flag) + ": %g is a device's group, and the scenario has no [[group]]", "leave %g out");
    }
    std::vector<std::string> group_of(devices);
    std::uint32_t next = 0;
    for (const auto& group : plan.groups) {
        for (std::uint32_t count = 0; count < group.devices; ++count) group_of[next++] = group.name;
    }
    for (std::uint32_t number = 0; number < devices; ++number) {
        plan.devices.push_back({fleet::bench_name(with_group(pattern, group_of[number]), number, run_id),
                                fleet::bench_name(with_group(options.username, group_of[number]), number, run_id),
                                {}});
    }
    return {};
}

Result<void> name_devices(const SimulateOptions& options, const fleet::BenchPlan& connection, std::uint32_t devices, SimulationPlan& plan) {
    if (options.credentials.empty()) return generate_names(options, connection.run_id, devices, plan);
    const auto directories = bench::find_identities(options.credentials, devices);
    if (!directories) return directories.error();
    for (std::uint32_t number = 0; number < devices; ++number) {
        plan.devices.push_back({connection.credentials[number].client_id, "", (*directories)[number]});
    }
    return {};
}

// As the SDK puts the root before a topic; an application of the bundled broker's sees the device's client id there.
std::string prefix_of(const SimulateOptions& options, const DeviceConfig& config) {
    if (!options.observe_prefix.empty()) return options.observe_prefix;
    return config.topic_root.empty() ? "{client_id}/" : config.topic_root + "/";
}

Result<void> name_observer(const SimulateOptions& options, const fleet::BenchPlan& connection, const std::filesystem::path& directory,
                           SimulationPlan& plan) {
    if (!options.observes()) return {};
    fleet::SimulationObserver observer;
    observer.client_id = "observer-" + connection.run_id;
    observer.username = options.observe_username;
    observer.identity_dir = options.observe_identity;
    if (observer.identity_dir.empty() && observer.username.empty()) {
        observer.identity_dir = plan.shared_identity;
        observer.key_password_file = plan.shared_identity.empty() ? std::filesystem::path() : plan.key_password_file;
    }
    observer.prefix = prefix_of(options, plan.config);
    for (auto& group : plan.groups) group.prefix = prefix_of(options, group.config);
    const bool has_own_password = !options.observe_password_file.empty();
    auto kept = keep_secret(has_own_password ? connection.peer_names.password : "", directory / "observer.password");
    if (!kept) return std::move(kept).error();
    observer.password_file = std::move(*kept);
    plan.observer = std::move(observer);
    return {};
}

}  // namespace

Result<SimulationPlan> plan_of(const SimulateOptions& options, Scenario scenario, const std::filesystem::path& directory,
                               const TypedSecrets& secrets, std::istream& in) {
    const std::uint32_t devices = scenario.devices;
    const auto endpoints = endpoints_of(options);
    if (!endpoints) return endpoints.error();
    auto connection = connection_of(options, *endpoints, devices, in);
    if (!connection) return std::move(connection).error();
    if (!secrets.password.empty()) connection->names.password = secrets.password;
    if (!secrets.key_password.empty()) connection->credentials.front().key_password = secrets.key_password;
    if (options.username.empty() && !options.password_file.empty()) return refuse("--password-file needs --username");
    if (connection->tls && !options.insecure_skip_verify && options.cafile.empty() && options.capath.empty() && options.credentials.empty())
        return refuse("--host " + options.hosts.front() + ": nothing vouches for the server, and devices do not ask the system",
                      "give --cafile FILE or --capath DIR");
    SimulationPlan plan = std::move(scenario.plan);
    plan.name = scenario.name;
    for (const auto& endpoint : *endpoints) plan.endpoints.push_back(endpoint.url());
    if (auto configured = configure(options, plan); !configured) return std::move(configured).error();
    if (auto chosen = choose_proxy(connection->proxy, directory, plan); !chosen) return std::move(chosen).error();
    if (auto chosen = choose_identity(options, *connection, directory, plan); !chosen) return std::move(chosen).error();
    auto anchors = gather_anchors(options, directory / "anchors.pem");
    if (!anchors) return std::move(anchors).error();
    plan.ca_file = std::move(*anchors);
    plan.duration = options.duration.value_or(plan.duration);
    plan.drain = options.drain.value_or(plan.drain);
    plan.seed = options.seed.value_or(plan.seed);
    plan.report_interval = options.report_interval;
    plan.directory = directory;
    if (auto named = name_devices(options, *connection, devices, plan); !named) return std::move(named).error();
    auto kept = keep_secret(connection->names.password, directory / "devices.password");
    if (!kept) return std::move(kept).error();
    plan.password_file = std::move(*kept);
    if (auto named = name_observer(options, *connection, directory, plan); !named) return std::move(named).error();
    // The observer has no identity directory that the trust anchors could come from.
    if (plan.ca_file.empty() && connection->tls && !options.credentials.empty()) plan.ca_file = plan.devices.front().directory / "ca.pem";
    return plan;
}

}  // namespace muster::cli::simulate
