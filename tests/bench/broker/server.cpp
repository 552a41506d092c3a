// SPDX-License-Identifier: Apache-2.0
// How each server is started, and as whom its clients come.
#include "server.hpp"

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
const std::string application_user = "load";
const std::string application_password = "the load's own password";
const std::string topic = "telemetry";

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

std::unique_ptr<test::ChildProcess> start_broker(const Bench& bench, const std::filesystem::path& state, nlohmann::json& ready) {
    auto process = bench.start({bench.muster().string(), "--quiet", "broker", "run", "--data-dir", state.string(), "--listen",
                                "mqtts://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0", "--est", "https://127.0.0.1:0"});
    ready = nlohmann::json::parse(wait_for(*process, "\"ready\"", "muster"));
    return process;
}

void administer(const Bench& bench, const std::string& admin, std::vector<std::string> words) {
    words.insert(words.begin(), bench.muster().string());
    words.insert(words.end(), {"--admin", admin});
    test::ChildProcess command(words);
    std::string said;
    while (const auto line = command.read_line()) said += *line + "\n";
    if (command.wait() != 0) throw std::runtime_error("muster could not prepare its broker: " + said);
}

}  // namespace

std::string name_of(ServerKind kind) {
    switch (kind) {
        case ServerKind::muster:
            return "muster";
        case ServerKind::mosquitto:
            return "Mosquitto";
        case ServerKind::relay:
            return "bare relay";
    }
    return "";
}

Bench::Bench(std::filesystem::path muster, bool pin) : muster_(std::move(muster)), processor_(last_processor(pin)) {}

std::unique_ptr<test::ChildProcess> Bench::start(std::vector<std::string> command) const {
    if (!processor_.empty()) command.insert(command.begin(), {"taskset", "-c", processor_});
    return std::make_unique<test::ChildProcess>(command);
}

std::filesystem::path Bench::prepared_state() {
    auto state = directory_ / "state";
    if (is_prepared_) return state;
    is_prepared_ = true;
    const auto password_file = directory_ / "password";
    std::ofstream(password_file) << application_password;
    std::filesystem::permissions(password_file, std::filesystem::perms::owner_read);
    nlohmann::json ready;
    auto broker = start_broker(*this, state, ready);
    const std::string admin = ready.at("admin");
    administer(*this, admin, {"tenant", "create", tenant, "--isolation", "flat"});
    administer(*this, admin, {"application", "create", application_user, "--tenant", tenant, "--password-file", password_file.string()});
    broker->end(SIGTERM);
    return state;
}

Server::Server(ServerKind kind, Bench& bench) : kind_(kind) {
    switch (kind) {
        case ServerKind::muster:
            start_muster(bench);
            break;
        case ServerKind::mosquitto:
            start_mosquitto(bench);
            break;
        case ServerKind::relay:
            start_relay(bench);
            break;
    }
}

Server::~Server() {
    process_->end(SIGKILL);
}

void Server::start_muster(Bench& bench) {
    nlohmann::json ready;
    process_ = start_broker(bench, bench.prepared_state(), ready);
    for (const auto& listener : ready.at("listeners")) {
        const std::string url = listener.at("url");
        if (url.rfind("mqtt://", 0) == 0) port_ = port_of(url);
    }
}

void Server::start_mosquitto(const Bench& bench) {
    port_ = test::free_port();
    const auto settings = bench.directory() / "mosquitto.conf";
    // Without its bounds on queues and windows: none of the others drops what it was given here.
    std::ofstream(settings) << "listener " << port_ << " 127.0.0.1\nallow_anonymous true\nuser root\nlog_dest stderr\nlog_type error\n"
                            << "log_type warning\nlog_type information\nlog_type notice\nconnection_messages false\n"
                            << "max_queued_messages 0\nmax_inflight_messages 0\nset_tcp_nodelay true\n";
    process_ = bench.start({MUSTER_MOSQUITTO, "-c", settings.string()});
    wait_for(*process_, " running", "mosquitto");
}

void Server::start_relay(const Bench& bench) {
    process_ = bench.start({MUSTER_BARE_RELAY});
    port_ = static_cast<std::uint16_t>(std::stoul(wait_for(*process_, "ready ", "the relay").substr(6)));
}

fleet::ClientIdentity Server::device(std::uint32_t number) const {
    const std::string id = fleet::expand("device-{n}", number);
    if (kind_ == ServerKind::muster) return {id, tenant + "/" + application_user, application_password, id + "/" + topic};
    return {id, "", "", id + "/" + topic};
}

fleet::ClientIdentity Server::application(std::uint32_t number) const {
    const std::string id = fleet::expand("application-{n}", number);
    if (kind_ == ServerKind::muster) return {id, tenant + "/" + application_user, application_password, "+/" + topic};
    return {id, "", "", "+/" + topic};
}

}  // namespace muster::bench
