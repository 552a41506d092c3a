// SPDX-License-Identifier: Apache-2.0
// A socket that says what the test wants, at the pace that it wants, and sees the end of its connection.
#pragma once

#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstring>
#include <string>

namespace muster::test {

/// Threads: one.
class RawSocket {
public:
    using Milliseconds = std::chrono::milliseconds;

    /// A URL with a port, on loopback, or `unix:PATH`.
    explicit RawSocket(const std::string& url) {
        const bool is_unix = url.rfind("unix:", 0) == 0;
        fd_ = ::socket(is_unix ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (is_unix) {
            sockaddr_un address{};
            address.sun_family = AF_UNIX;
            std::strncpy(address.sun_path, url.c_str() + 5, sizeof address.sun_path - 1);
            REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
            return;
        }
        sockaddr_in address{};
        address.sin_family = AF_INET;
        const auto host = url.find("//") + 2;
        address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(url.substr(url.find(':', host) + 1))));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    }
    RawSocket(RawSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)), received_(std::move(other.received_)) {}
    RawSocket(const RawSocket&) = delete;
    RawSocket& operator=(const RawSocket&) = delete;
    ~RawSocket() {
        if (fd_ >= 0) ::close(fd_);
    }

    void send(const std::string& bytes) const { static_cast<void>(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL)); }
    /// Whether the connection ends in this time; what comes before is in `received`.
    [[nodiscard]] bool ends_within(Milliseconds time) {
        const auto until = std::chrono::steady_clock::now() + time;
        while (true) {
            const auto left = std::chrono::ceil<Milliseconds>(until - std::chrono::steady_clock::now());
            pollfd waiting{fd_, POLLIN, 0};
            if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) != 1) return false;
            char buffer[4'096];
            const auto count = ::recv(fd_, buffer, sizeof buffer, 0);
            if (count <= 0) return true;
            received_.append(buffer, static_cast<std::size_t>(count));
        }
    }
    /// Says the bytes one by one with a pause after each, and whether the connection ends in this time meanwhile.
    [[nodiscard]] bool ends_while_creeping(const std::string& bytes, Milliseconds pause, Milliseconds time) {
        const auto until = std::chrono::steady_clock::now() + time;
        for (std::size_t i = 0; std::chrono::steady_clock::now() < until; ++i) {
            send(bytes.substr(i % bytes.size(), 1));
            if (ends_within(pause)) return true;
        }
        return false;
    }
    [[nodiscard]] const std::string& received() const { return received_; }

private:
    int fd_ = -1;
    std::string received_;
};

}  // namespace muster::test
