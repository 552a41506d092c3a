// SPDX-License-Identifier: Apache-2.0
// A server under test: a child process with an MQTT port, and the names its clients use.
#pragma once

#include "bench_pki.hpp"
#include "load/plan.hpp"
#include "support/child_process.hpp"
#include "support/temporary_directory.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace muster::bench {

enum class ServerKind : std::uint8_t {
    muster,
    mosquitto,
    bare,  ///< The bare relay; with TLS, the bare TLS server.
};

enum class Security : std::uint8_t { plain, mutual_tls };

[[nodiscard]] std::string name_of(ServerKind kind);

/// Programs and what they share for the whole run.
/// Threads: one.
class Bench {
public:
    /// `pin`: servers get the last processor, this process the others, so that neither takes the other's caches.
    Bench(std::filesystem::path muster, bool pin);

    /// Runs a program of the bench's own or an installed one, on the servers' processor.
    [[nodiscard]] std::unique_ptr<test::ChildProcess> start(std::vector<std::string> command) const;
    [[nodiscard]] const std::filesystem::path& muster() const { return muster_; }
    [[nodiscard]] std::filesystem::path directory() const { return directory_.path(); }
    /// The state directory of muster's broker, with its tenants.
    [[nodiscard]] std::filesystem::path state() const { return directory_ / "state"; }
    /// Before a server of that kind is started: that muster's broker knows so many devices, and that they have certificates.
    void ensure_devices(std::uint32_t count, ServerKind kind, Security security);
    [[nodiscard]] const BenchPki& pki() const { return *pki_; }

private:
    std::filesystem::path muster_;
    std::string processor_;  // Empty: not pinned.
    test::TemporaryDirectory directory_;
    std::uint32_t devices_ = 0;
    std::unique_ptr<BenchPki> pki_;
};

/// Threads: one.
class Server {
public:
    /// Starts it and waits until it listens; the bench knows its devices already.
    Server(ServerKind kind, const Bench& bench, Security security = Security::plain);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    [[nodiscard]] ServerKind kind() const { return kind_; }
    [[nodiscard]] Security security() const { return security_; }
    [[nodiscard]] pid_t pid() const { return process_->pid(); }
    [[nodiscard]] std::uint16_t port() const { return port_; }
    /// Publisher `number`. What the application then gets is the same message, byte by byte, from every server.
    [[nodiscard]] fleet::ClientIdentity device(std::uint32_t number) const;
    /// The same device as a subscriber to its own commands.
    [[nodiscard]] fleet::ClientIdentity waiting_device(std::uint32_t number) const;
    /// Somebody without a password, as Mosquitto's clients here all are.
    [[nodiscard]] static fleet::ClientIdentity guest(std::uint32_t number);
    /// The application that subscribes to what all devices send.
    [[nodiscard]] fleet::ClientIdentity application(std::uint32_t number) const;

private:
    [[nodiscard]] fleet::ClientIdentity identity_of(std::uint32_t number, const std::string& own_topic) const;
    void start_muster(const Bench& bench);
    void start_mosquitto(const Bench& bench);
    void start_bare(const Bench& bench);

    ServerKind kind_;
    Security security_;
    std::unique_ptr<test::ChildProcess> process_;
    std::uint16_t port_ = 0;
};

}  // namespace muster::bench
