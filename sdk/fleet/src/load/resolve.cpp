// SPDX-License-Identifier: Apache-2.0
// getaddrinfo.
#include "load/resolve.hpp"

#include <netdb.h>

#include <cstring>
#include <memory>

namespace muster::fleet {

Result<SocketAddress> resolve(const std::string& host, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int failure = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    if (failure != 0) return Error{Code::not_found, "'" + host + "' has no address: " + ::gai_strerror(failure), "check --host"};
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, &::freeaddrinfo);
    SocketAddress address;
    address.size = found->ai_addrlen;
    std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
    return address;
}

}  // namespace muster::fleet
