// SPDX-License-Identifier: Apache-2.0
// A proxy's door on loopback, for one guest who knows the secret.
#pragma once

#include "base/descriptor.hpp"

#include <optional>
#include <string>

namespace muster::transport {

/// Other users of the machine can knock at it, and are shut out; it is closed behind the guest.
/// Threads: one.
class Door {
public:
    explicit Door(std::string secret);
    [[nodiscard]] bool is_open() const { return listener_.is_open(); }
    /// `user:password@host:port`, as Paho wants it.
    [[nodiscard]] std::string url() const;

    struct Guest {
        base::Descriptor socket;  ///< Non-blocking.
        std::string said;         ///< What it said behind its request for a tunnel.
    };
    /// Blocks until the guest has come, or `stop` is readable: nobody. The answer to the request is there before it is made.
    [[nodiscard]] std::optional<Guest> let_in(int stop);

private:
    const std::string secret_;
    base::Descriptor listener_;
};

}  // namespace muster::transport
