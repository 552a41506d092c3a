// SPDX-License-Identifier: Apache-2.0
// An owned file descriptor.
#include "net/socket.hpp"

#include <unistd.h>

namespace muster::testbroker::net {

Socket& Socket::operator=(Socket&& other) noexcept {
    if (this != &other) {
        if (fd_ >= 0) ::close(fd_);
        fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
}

Socket::~Socket() {
    if (fd_ >= 0) ::close(fd_);
}

}  // namespace muster::testbroker::net
