// SPDX-License-Identifier: Apache-2.0
// A program that the broker is part of starts others: between fork and exec they hold the sockets of its connections, too.
#include "conformance/bench.hpp"

#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

namespace muster::test {
namespace {

// Closes the clients' ends, so that the broker sees them go; its own it keeps.
void close_sockets_to(std::uint16_t port) {
    constexpr int most = 1'024;
    for (int fd = 3; fd < most; ++fd) {
        sockaddr_in peer{};
        socklen_t length = sizeof peer;
        if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &length) == 0 && ntohs(peer.sin_port) == port) ::close(fd);
    }
}

/// Holds what this process has open, but for the clients' ends. Threads: one.
class ForkedProcess {
public:
    explicit ForkedProcess(std::uint16_t port) {
        int ready[2];
        REQUIRE(::pipe(ready) == 0);
        pid_ = ::fork();
        REQUIRE(pid_ >= 0);
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            close_sockets_to(port);
            static_cast<void>(::write(ready[1], "!", 1) == 1);
            while (true) ::pause();
        }
        char done = 0;
        REQUIRE(::read(ready[0], &done, 1) == 1);
        ::close(ready[0]);
        ::close(ready[1]);
    }
    ForkedProcess(const ForkedProcess&) = delete;
    ForkedProcess& operator=(const ForkedProcess&) = delete;
    ~ForkedProcess() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }

private:
    pid_t pid_ = -1;
};

}  // namespace

TEST_CASE("connections that end while a forked process holds their sockets end all the same") {
    Bench bench;
    const auto& url = bench.broker().addresses().mqtt_url;
    const auto port = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
    auto bystander = bench.connect(Version::v5, "bystander");
    std::vector<Client> clients;
    for (int i = 0; i < 20; ++i) clients.push_back(bench.connect(Version::v5, "client-" + std::to_string(i)));
    const ForkedProcess forked(port);
    for (auto& client : clients) client.cut();
    // The bystander's pings are events among theirs.
    for (int i = 0; i < 5'000 && bench.broker().counters().open_connections > 1; ++i) bystander.expect_nothing();
    CHECK(bench.broker().counters().open_connections == 1);
    for (int i = 0; i < 100; ++i) bystander.expect_nothing();
}

}  // namespace muster::test
