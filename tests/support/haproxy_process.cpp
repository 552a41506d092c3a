// SPDX-License-Identifier: Apache-2.0
// Debian's HAProxy as the TCP load balancer of a test.
#include "support/haproxy_process.hpp"

#include "support/loopback.hpp"

#include <muster/result.hpp>

#include <chrono>
#include <fstream>

namespace muster::test {
namespace {

using namespace std::chrono_literals;

bool is_listening(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    const bool connected = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    ::close(fd);
    return connected;
}

}  // namespace

HaproxyProcess::HaproxyProcess(const std::vector<std::uint16_t>& nodes) {
    // Another process may take the port between our looking for it and HAProxy's using it.
    bool is_running = false;
    for (int attempt = 0; attempt < 10 && !is_running; ++attempt) {
        port_ = free_port();
        is_running = try_start(nodes);
    }
    MUSTER_REQUIRE(is_running);
}

bool HaproxyProcess::try_start(const std::vector<std::uint16_t>& nodes) {
    const auto path = directory_ / "haproxy.cfg";
    {
        std::ofstream config(path);
        config << "global\n  maxconn 100\n"
               << "defaults\n  mode tcp\n  timeout connect 1s\n  timeout check 1s\n  timeout client 1h\n  timeout server 1h\n"
               << "listen mqtt\n  bind 127.0.0.1:" << port_ << "\n  balance roundrobin\n  option redispatch 1\n  retries 2\n";
        for (const auto node : nodes)
            config << "  server " << node << " 127.0.0.1:" << node << " check inter 100ms fall 1 rise 1 on-marked-down shutdown-sessions\n";
    }
    process_ = std::make_unique<ChildProcess>(std::vector<std::string>{MUSTER_HAPROXY, "-db", "-f", path.string()});
    // It does not say that it has begun to listen, only that it cannot.
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (std::chrono::steady_clock::now() < deadline) {
        if (const auto line = process_->read_line(10ms); line && line->find("[ALERT]") != std::string::npos) break;
        if (is_listening(port_)) return true;
    }
    process_.reset();
    return false;
}

}  // namespace muster::test
