// SPDX-License-Identifier: Apache-2.0
// How each server is started, and as whom its clients come.
#include "server.hpp"

#include "admin.hpp"
#include "support/loopback.hpp"

#include <muster/result.hpp>

#include <nlohmann/json.hpp>
#include <sched.h>
#include <signal.h>

#include <fstream>
#include <stdexcept>
#include <thread>

namespace muster::bench {
namespace {

const std::string tenant = "bench";
const std::string guest_tenant = "guests";
const std::string device_pattern = "device-{n}";
const std::string application_user = "load";
const std::string password = "the load's own password";  // Of all: what is measured does not depend on it.
const std::string topic = "telemetry";
// Guessing is no threat here, and ten thousand devices with passwords of full cost would take minutes to come.
const std::string cheapest_password = "4";
// Nobody drops anything here: all publishers' messages together may wait for the one application.
const std::string most_queued = "1000000";
const std::string most_unsent = "4194304";

std::uint16_t port_of(const std::string& url) {
    return static_cast<std::uint16_t>(std::stoul(url.substr(url.rfind(':') + 1)));
}

std::string last_processor(bool pin) {
    const unsigned processors = std::thread::hardware_concurrency();
    if (!pin || processors < 2) return "";
    cpu_set_t others;
    CPU_ZERO(&others);
    for (unsigned i = 0; i + 1 < processors; ++i) CPU_SET(i, &others);
    ::sched_setaffinity(0, sizeof(others), &others);
    return std::to_string(processors - 1);
}

/// The first line with these words; what came before it is shown only if none comes.
std::string wait_for(test::ChildProcess& process, const std::string& words, const std::string& who) {
    std::string said;
    while (auto line = process.read_line()) {
        if (line->find(words) != std::string::npos) return std::move(*line);
        said += "\n  " + *line;
    }
    throw std::runtime_error(who + " ended or said nothing before it was ready" + said);
}

std::unique_ptr<test::ChildProcess> start_broker(const Bench& bench, nlohmann::json& ready) {
    auto process = bench.start({bench.muster().string(), "--quiet", "broker", "run", "--state", bench.state().string(), "--password-cost",
                                cheapest_password, "--max-queued", most_queued, "--max-unsent-bytes", most_unsent, "--listen",
                                "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0", "--est", "https://127.0.0.1:0"});
    ready = nlohmann::json::parse(wait_for(*process, "\"ready\"", "muster"));
    return process;
}

void make_tenants(Admin& admin) {
    admin.call("POST", "/v1/tenants", nlohmann::json{{"name", tenant}, {"isolation", "device"}, {"device_passwords", true}}.dump());
    admin.call("PUT", "/v1/tenants/" + tenant + "/applications/" + application_user, nlohmann::json{{"password", password}}.dump());
    admin.call("POST", "/v1/tenants", nlohmann::json{{"name", guest_tenant}, {"isolation", "flat"}, {"anonymous", true}}.dump());
}

}  // namespace

std::string name_of(ServerKind kind) {
    switch (kind) {
        case ServerKind::muster:
            return "muster";
        case ServerKind::mosquitto:
            return "Mosquitto";
        case ServerKind::bare:
            return "bare server";
    }
    return "";
}

Bench::Bench(std::filesystem::path muster, bool pin) : muster_(std::move(muster)), processor_(last_processor(pin)) {}

std::unique_ptr<test::ChildProcess> Bench::start(std::vector<std::string> command) const {
    if (!processor_.empty()) command.insert(command.begin(), {"taskset", "-c", processor_});
    return std::make_unique<test::ChildProcess>(command);
}

void Bench::ensure_devices(std::uint32_t count, ServerKind kind, Security security) {
    const bool needs_none = kind != ServerKind::muster && security == Security::plain;
    if (needs_none || (pki_ && count <= devices_)) return;
    nlohmann::json ready;
    const auto broker = start_broker(*this, ready);
    Admin admin(std::string(ready.at("admin")).substr(std::string_view("unix:").size()));
    if (!pki_) {
        make_tenants(admin);
        pki_ = std::make_unique<BenchPki>(state() / "ca", tenant);
    }
    for (; devices_ < count; ++devices_) {
        const std::string device = "/v1/tenants/" + tenant + "/devices/" + fleet::expand(device_pattern, devices_);
        admin.call("PUT", device + "/password", nlohmann::json{{"password", password}}.dump());
    }
    pki_->ensure_devices(count, device_pattern);
    broker->end(SIGTERM);
}

Server::Server(ServerKind kind, const Bench& bench, Security security) : kind_(kind), security_(security) {
    switch (kind) {
        case ServerKind::muster:
            start_muster(bench);
            break;
        case ServerKind::mosquitto:
            start_mosquitto(bench);
            break;
        case ServerKind::bare:
            start_bare(bench);
            break;
    }
}

Server::~Server() {
    process_->end(SIGKILL);
}

void Server::start_muster(const Bench& bench) {
    nlohmann::json ready;
    process_ = start_broker(bench, ready);
    const std::string scheme = security_ == Security::plain ? "mqtt://" : "mqtts://";
    for (const auto& listener : ready.at("listeners")) {
        const std::string url = listener.at("url");
        if (url.rfind(scheme, 0) == 0) port_ = port_of(url);
    }
}

void Server::start_mosquitto(const Bench& bench) {
    port_ = test::free_port();
    const auto settings = bench.directory() / "mosquitto.conf";
    std::ofstream file(settings);
    // Without its bounds on queues and windows: none of the others drops what it was given here.
    file << "listener " << port_ << " 127.0.0.1\nallow_anonymous true\nuser root\nlog_dest stderr\nlog_type error\n"
         << "log_type warning\nlog_type information\nlog_type notice\nconnection_messages false\n"
         << "max_queued_messages 0\nmax_inflight_messages 0\nset_tcp_nodelay true\n";
    if (security_ == Security::mutual_tls) {
        const ServerFiles files = bench.pki().write_server_files(bench.directory());
        file << "cafile " << files.client_ca.string() << "\ncertfile " << files.certificate.string() << "\nkeyfile " << files.key.string()
             << "\nrequire_certificate true\n";
    }
    file.close();
    process_ = bench.start({MUSTER_MOSQUITTO, "-c", settings.string()});
    wait_for(*process_, " running", "mosquitto");
}

void Server::start_bare(const Bench& bench) {
    if (security_ == Security::plain) {
        process_ = bench.start({MUSTER_BARE_RELAY});
    } else {
        const ServerFiles files = bench.pki().write_server_files(bench.directory());
        process_ = bench.start({MUSTER_BARE_TLS_SERVER, files.certificate.string(), files.key.string(), files.client_ca.string()});
    }
    port_ =
        static_cast<std::uint16_t>(std::stoul(wait_for(*process_, "ready ", "the bare server").substr(std::string_view("ready ").size())));
}

// A device of an isolated tenant names topics in a space of its own; the application sees them below its id. Of the others it must write
// the whole name itself, so that what the application gets is the same.
fleet::ClientIdentity Server::identity_of(std::uint32_t number, const std::string& own_topic) const {
    const std::string id = fleet::expand(device_pattern, number);
    if (kind_ != ServerKind::muster) return {id, "", "", id + "/" + own_topic};
    if (security_ == Security::mutual_tls) return {id, "", "", own_topic};
    return {id, tenant + "/" + id, password, own_topic};
}

fleet::ClientIdentity Server::device(std::uint32_t number) const {
    return identity_of(number, topic);
}

fleet::ClientIdentity Server::waiting_device(std::uint32_t number) const {
    return identity_of(number, "commands");
}

fleet::ClientIdentity Server::guest(std::uint32_t number) {
    return {fleet::expand("guest-{n}", number), "", "", topic};
}

fleet::ClientIdentity Server::application(std::uint32_t number) const {
    const std::string id = fleet::expand("application-{n}", number);
    if (kind_ == ServerKind::muster) return {id, tenant + "/" + application_user, password, "+/" + topic};
    return {id, "", "", "+/" + topic};
}

}  // namespace muster::bench
