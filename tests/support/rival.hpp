// SPDX-License-Identifier: Apache-2.0
// What another process can do with a TCP port of the loopback while somebody holds it.
#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>

namespace muster::test {

/// A socket of a process that wants to share what it binds to. Threads: any one at a time.
class LoopbackSocket {
public:
    /// `family`: AF_INET, AF_INET6.
    explicit LoopbackSocket(int family) : family_(family), fd_(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const int on = 1;
        ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        ::setsockopt(fd_, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    }
    ~LoopbackSocket() { ::close(fd_); }
    LoopbackSocket(const LoopbackSocket&) = delete;
    LoopbackSocket& operator=(const LoopbackSocket&) = delete;

    /// 0, or what is wrong.
    [[nodiscard]] int connect(std::uint16_t port) const { return with_address(port, ::connect); }
    [[nodiscard]] int bind(std::uint16_t port) const { return with_address(port, ::bind); }
    [[nodiscard]] bool listen() const { return ::listen(fd_, 1) == 0; }
    /// Leaves the system no other choice for a port of 0; not on Linux before 6.3.
    [[nodiscard]] bool limit_choice_to(std::uint16_t port) const {
        constexpr int ip_local_port_range = 51;  // Of linux/in.h, where older systems do not have it.
        const std::uint32_t range = (std::uint32_t{port} << 16U) | port;
        return ::setsockopt(fd_, IPPROTO_IP, ip_local_port_range, &range, sizeof range) == 0;
    }
    /// Whether the connection ends within ten seconds.
    [[nodiscard]] bool is_cut() const {
        pollfd waiting{fd_, POLLIN, 0};
        char byte = 0;
        return ::poll(&waiting, 1, 10'000) == 1 && ::recv(fd_, &byte, 1, 0) <= 0;
    }

private:
    template <class Call>
    [[nodiscard]] int with_address(std::uint16_t port, const Call& call) const {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_addr = in6addr_loopback;
        v6.sin6_port = htons(port);
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        v4.sin_port = htons(port);
        const bool is_v6 = family_ == AF_INET6;
        const auto* generic = is_v6 ? reinterpret_cast<const sockaddr*>(&v6) : reinterpret_cast<const sockaddr*>(&v4);
        return call(fd_, generic, is_v6 ? sizeof v6 : sizeof v4) == 0 ? 0 : errno;
    }

    int family_;
    int fd_;
};

/// Every try is with a socket of its own. Threads: any.
struct Rival {
    Rival(int family_, std::uint16_t port_) : family(family_), port(port_) {}
    /// From a URL with 127.0.0.1 or [::1] and a port.
    explicit Rival(const std::string& url)
        : Rival(url.find('[') == std::string::npos ? AF_INET : AF_INET6,
                static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)))) {}

    /// 0, or why nobody lets it in.
    [[nodiscard]] int connect() const { return LoopbackSocket(family).connect(port); }
    /// Whether a server can get the port that asks for it by number.
    [[nodiscard]] bool can_take() const {
        const LoopbackSocket server(family);
        return server.bind(port) == 0 && server.listen();
    }
    /// Whether the system chooses the port for a server that leaves it the choice of this one only.
    [[nodiscard]] bool is_chosen() const {
        const LoopbackSocket server(family);
        return server.limit_choice_to(port) && server.bind(0) == 0;
    }
    /// Whether the system can be asked that.
    [[nodiscard]] bool can_choose() const { return LoopbackSocket(family).limit_choice_to(port); }

    int family;
    std::uint16_t port;
};

}  // namespace muster::test
