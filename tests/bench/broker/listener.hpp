// SPDX-License-Identifier: Apache-2.0
// Where the bare servers listen: a port of 127.0.0.1 that they print, with room for a storm of connections.
#pragma once

#include <muster/result.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cstdio>

namespace muster::bench {

inline int listen_on_loopback() {
    constexpr int backlog = 4'096;
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    MUSTER_REQUIRE(::bind(fd, generic, size) == 0 && ::listen(fd, backlog) == 0 && ::getsockname(fd, generic, &size) == 0);
    std::printf("ready %u\n", static_cast<unsigned>(ntohs(address.sin_port)));
    std::fflush(stdout);
    return fd;
}

/// The next connection, non-blocking and without Nagle's delay; -1 if none waits.
inline int accept_one(int listener) {
    const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    const int on = 1;
    if (fd >= 0) ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

inline void allow_many_files() {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace muster::bench
