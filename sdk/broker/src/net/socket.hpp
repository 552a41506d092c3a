// SPDX-License-Identifier: Apache-2.0
// An owned file descriptor.
#pragma once

#include <string>
#include <utility>

namespace muster::testbroker::net {

/// Who is at the other end: `127.0.0.1:40123`, `[::1]:40123`, `unix`. Empty: nobody is any more.
[[nodiscard]] std::string peer_name(int fd);

/// Closes what it owns. Threads: one at a time.
class Socket {
public:
    Socket() = default;
    explicit Socket(int fd) : fd_(fd) {}
    Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Socket& operator=(Socket&& other) noexcept;
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket();
    [[nodiscard]] int fd() const { return fd_; }
    /// Somebody else owns it from now on.
    [[nodiscard]] int release() { return std::exchange(fd_, -1); }
    explicit operator bool() const { return fd_ >= 0; }

private:
    int fd_ = -1;
};

}  // namespace muster::testbroker::net
