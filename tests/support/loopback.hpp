// SPDX-License-Identifier: Apache-2.0
// Listening sockets on 127.0.0.1, on ports chosen by the kernel.
#pragma once

#include <muster/result.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

namespace muster::test {

/// The kernel completes connections to it; nobody answers them unless the test does.
/// Threads: any one at a time.
class LoopbackListener {
public:
    LoopbackListener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof(address);
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        MUSTER_REQUIRE(::bind(fd_, generic, length) == 0 && ::listen(fd_, SOMAXCONN) == 0);
        MUSTER_REQUIRE(::getsockname(fd_, generic, &length) == 0);
        port_ = ntohs(address.sin_port);
    }
    ~LoopbackListener() { ::close(fd_); }
    LoopbackListener(const LoopbackListener&) = delete;
    LoopbackListener& operator=(const LoopbackListener&) = delete;

    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] std::uint16_t port() const { return port_; }

private:
    int fd_;
    std::uint16_t port_ = 0;
};

/// A port where nothing listened a moment ago.
[[nodiscard]] inline std::uint16_t free_port() {
    return LoopbackListener().port();
}

}  // namespace muster::test
