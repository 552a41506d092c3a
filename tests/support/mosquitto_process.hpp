// SPDX-License-Identifier: Apache-2.0
// Debian's Mosquitto as the independent broker of a test.
#pragma once

#include "support/child_process.hpp"
#include "support/temporary_directory.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace muster::test {

/// On 127.0.0.1 with a directory of its own. It keeps its port, and with `persistence true` its sessions, from `stop` to `start`.
/// Threads: one.
class MosquittoProcess {
public:
    /// `settings` are lines of mosquitto.conf, after the listener's; without `allow_anonymous` in them everyone may connect.
    explicit MosquittoProcess(const std::vector<std::string>& settings = {});

    void start();
    void stop();    ///< As an operator would; clients are told.
    void kill();    ///< As a power cut would.
    void freeze();  ///< It does nothing more until it is killed, and its sockets stay open.

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string url(const std::string& scheme = "mqtt", const std::string& host = "localhost") const {
        return scheme + "://" + host + ":" + std::to_string(port_);
    }
    [[nodiscard]] const std::filesystem::path& directory() const { return directory_.path(); }

private:
    [[nodiscard]] bool try_start();

    TemporaryDirectory directory_;
    std::string settings_;
    std::uint16_t port_ = 0;
    std::unique_ptr<ChildProcess> process_;
};

/// A subscriber that is none of ours (mosquitto_sub), with a session that the broker keeps while it is away.
/// Threads: one.
class MosquittoSubscriber {
public:
    /// Makes the session. Whatever is published to `filter` afterwards is waiting for `collect`.
    MosquittoSubscriber(const MosquittoProcess& broker, std::string filter);
    /// Everything that came, as `topic payload`, until a message on `<filter without its last level>/end`, which it publishes itself.
    std::vector<std::string> collect();

private:
    [[nodiscard]] std::vector<std::string> command(const std::vector<std::string>& more) const;
    const MosquittoProcess& broker_;
    std::string filter_;
};

/// `mosquitto_pub` with these arguments after host and port; its exit code.
int mosquitto_pub(const MosquittoProcess& broker, const std::vector<std::string>& arguments);

}  // namespace muster::test
