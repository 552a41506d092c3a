// SPDX-License-Identifier: Apache-2.0
// Debian's Mosquitto as the independent broker of a test.
#include "support/mosquitto_process.hpp"

#include "support/loopback.hpp"

#include <muster/result.hpp>

#include <signal.h>

#include <fstream>
#include <utility>

namespace muster::test {

MosquittoProcess::MosquittoProcess(const std::vector<std::string>& settings) {
    bool says_who = false;
    for (const auto& line : settings) {
        settings_ += line + "\n";
        says_who = says_who || line.rfind("allow_anonymous", 0) == 0;
    }
    if (!says_who) settings_ += "allow_anonymous true\n";
    // Another process may take the port between our looking for it and Mosquitto's using it.
    bool is_running = false;
    for (int attempt = 0; attempt < 10 && !is_running; ++attempt) {
        port_ = free_port();
        is_running = try_start();
    }
    MUSTER_REQUIRE(is_running);
}

bool MosquittoProcess::try_start() {
    const auto path = directory_ / "mosquitto.conf";
    std::ofstream(path) << "listener " << port_ << " 127.0.0.1\n"
                        << "user root\n"  // Started by root, it would change to a user who cannot read the directory.
                        << "persistence_location " << directory_.path().string() << "/\n"
                        << "log_dest stderr\nlog_type error\nlog_type warning\nlog_type notice\nlog_type information\n"
                        << "connection_messages false\n"
                        << "max_queued_messages 0\n"
                        << settings_;
    process_ = std::make_unique<ChildProcess>(std::vector<std::string>{MUSTER_MOSQUITTO, "-c", path.string()});
    while (const auto line = process_->read_line()) {
        if (line->find(" running") != std::string::npos) return true;
    }
    process_.reset();
    return false;
}

void MosquittoProcess::start() {
    MUSTER_REQUIRE(!process_ && try_start());
}

void MosquittoProcess::stop() {
    process_->end(SIGTERM);
    process_.reset();
}

void MosquittoProcess::kill() {
    process_->end(SIGKILL);
    process_.reset();
}

void MosquittoProcess::freeze() {
    MUSTER_REQUIRE(::kill(process_->pid(), SIGSTOP) == 0);
}

MosquittoSubscriber::MosquittoSubscriber(const MosquittoProcess& broker, std::string filter) : broker_(broker), filter_(std::move(filter)) {
    MUSTER_REQUIRE(run(command({"-E"})) == 0);
}

std::vector<std::string> MosquittoSubscriber::command(const std::vector<std::string>& more) const {
    std::vector<std::string> words{
        "mosquitto_sub", "-h", "127.0.0.1", "-p", std::to_string(broker_.port()), "-i", "subscriber", "-c", "-q", "1", "-F",
        "%t %p",         "-t", filter_};
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

std::vector<std::string> MosquittoSubscriber::collect() {
    const std::string last_topic = filter_.substr(0, filter_.rfind('/')) + "/end";
    MUSTER_REQUIRE(mosquitto_pub(broker_, {"-q", "1", "-t", last_topic, "-n"}) == 0);
    ChildProcess subscriber(command({}));
    std::vector<std::string> lines;
    while (auto line = subscriber.read_line()) {
        if (line->rfind(last_topic + " ", 0) == 0) return lines;
        lines.push_back(std::move(*line));
    }
    lines.emplace_back("the last message did not come");
    return lines;
}

int mosquitto_pub(const MosquittoProcess& broker, const std::vector<std::string>& arguments) {
    std::vector<std::string> words{"mosquitto_pub", "-h", "127.0.0.1", "-p", std::to_string(broker.port())};
    words.insert(words.end(), arguments.begin(), arguments.end());
    return run(words);
}

}  // namespace muster::test
