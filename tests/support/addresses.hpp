// SPDX-License-Identifier: Apache-2.0
// Addresses of this machine that answer, refuse or are silent, on ports chosen by the kernel.
#pragma once

#include "base/descriptor.hpp"
#include "transport/addresses.hpp"

#include <muster/result.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace muster::test {

[[nodiscard]] inline transport::Address address_of(const std::string& host, std::uint16_t port) {
    transport::Address address;
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        address.size = sizeof v4;
        std::memcpy(&address.storage, &v4, sizeof v4);
        return address;
    }
    MUSTER_REQUIRE(::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    address.size = sizeof v6;
    std::memcpy(&address.storage, &v6, sizeof v6);
    return address;
}

[[nodiscard]] inline base::Descriptor bound_to(const std::string& host) {
    const transport::Address any = address_of(host, 0);
    base::Descriptor socket(::socket(any.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    MUSTER_REQUIRE(::bind(socket.get(), any.get(), any.size) == 0);
    return socket;
}

[[nodiscard]] inline transport::Address name_of(int socket) {
    transport::Address address;
    address.size = sizeof address.storage;
    MUSTER_REQUIRE(::getsockname(socket, reinterpret_cast<sockaddr*>(&address.storage), &address.size) == 0);
    return address;
}

/// The kernel completes connections to it; nobody answers them unless the test does.
class AnsweringAddress {
public:
    explicit AnsweringAddress(const std::string& host) : socket_(bound_to(host)) {
        MUSTER_REQUIRE(::listen(socket_.get(), SOMAXCONN) == 0);
    }
    [[nodiscard]] transport::Address address() const { return name_of(socket_.get()); }
    [[nodiscard]] base::Descriptor accept() const { return base::Descriptor(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC)); }

private:
    base::Descriptor socket_;
};

/// A port that is taken, and where nobody listens.
class RefusingAddress {
public:
    explicit RefusingAddress(const std::string& host) : socket_(bound_to(host)) {}
    [[nodiscard]] transport::Address address() const { return name_of(socket_.get()); }

private:
    base::Descriptor socket_;
};

/// Its queue is full: what a connection asks of it is never answered.
class SilentAddress {
public:
    explicit SilentAddress(const std::string& host) : socket_(bound_to(host)) {
        MUSTER_REQUIRE(::listen(socket_.get(), 0) == 0);
        const transport::Address there = address();
        for (int i = 0; i < 4; ++i) {
            base::Descriptor filler(::socket(there.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
            static_cast<void>(::connect(filler.get(), there.get(), there.size));
            fillers_.push_back(std::move(filler));
        }
    }
    [[nodiscard]] transport::Address address() const { return name_of(socket_.get()); }

private:
    base::Descriptor socket_;
    std::vector<base::Descriptor> fillers_;
};

}  // namespace muster::test
