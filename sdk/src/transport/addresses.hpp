// SPDX-License-Identifier: Apache-2.0
// The addresses of one name: in which order they are tried.
#pragma once

#include "base/clock.hpp"

#include <sys/socket.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace muster::transport {

/// Where to connect to: an IPv4 or IPv6 address and a port.
struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;

    [[nodiscard]] int family() const { return storage.ss_family; }
    [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
    /// `192.0.2.1:8883`, `[2001:db8::1]:8883`.
    [[nodiscard]] std::string text() const;
};

/// The one that worked last comes first. The others of one family are equal: a device tries them in an order of its own, so that a fleet
/// spreads over them; the families take turns (RFC 8305, section 4), beginning with the one that the resolver put first. An address that
/// has failed is tried after all others for a minute, doubled with each failure in a row up to ten.
/// Threads: one.
class Addresses {
public:
    explicit Addresses(std::uint64_t salt) : salt_(salt) {}
    /// Forgets what is not among the answers.
    [[nodiscard]] std::vector<Address> in_order(const std::vector<Address>& answers, base::SteadyTime now);
    void worked(const Address& address);
    void failed(const Address& address, base::SteadyTime now);

private:
    struct Failure {
        unsigned in_a_row = 0;
        base::SteadyTime avoided_until;
    };
    [[nodiscard]] std::uint64_t rank(const std::string& text) const;

    const std::uint64_t salt_;
    std::string last_good_;
    std::map<std::string, Failure> failures_;
};

}  // namespace muster::transport
