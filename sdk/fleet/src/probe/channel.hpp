// SPDX-License-Identifier: Apache-2.0
// A connection that blocks until a deadline: TCP, or TLS over it.
#pragma once

#include "load/stream.hpp"

#include <muster/result.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace muster::fleet::probe {

using Deadline = std::chrono::steady_clock::time_point;

/// Every call fails with Code::unreachable if the other side has hung up, Code::tls for what TLS says, and Code::timeout.
/// Threads: one.
class Channel {
public:
    /// `address` is a number.
    static Result<Channel> open(const std::string& address, std::uint16_t port, Deadline deadline);

    Result<void> secure(SslHandle ssl, Deadline deadline);
    Result<void> write(std::string_view bytes, Deadline deadline);
    /// At least one byte.
    Result<std::string> read(Deadline deadline);
    /// Says that nothing more comes, and waits a moment for the other side to have read it all: closing cuts.
    void finish();

private:
    explicit Channel(Stream stream) : stream_(std::move(stream)) {}
    [[nodiscard]] Result<void> wait(short events, Deadline deadline) const;

    Stream stream_;
};

}  // namespace muster::fleet::probe
