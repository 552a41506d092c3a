// SPDX-License-Identifier: Apache-2.0
// Bytes to a server and back: TCP, or TLS over it.
#pragma once

#include "client/dial.hpp"
#include "client/tls_context.hpp"
#include "client/tls_session_file.hpp"

#include <cstddef>
#include <string>

namespace muster::fleet {

/// Threads: one.
class ByteStream {
public:
    explicit ByteStream(base::Descriptor socket = base::Descriptor()) : socket_(std::move(socket)) {}

    /// From now on everything goes through TLS. Fails with Code::tls and why, Code::unreachable, Code::timeout, Code::stopped.
    /// `session`, if there is one, must live as long.
    [[nodiscard]] Result<void> secure(const TlsContext& tls, const std::string& host, const Patience& patience,
                                      TlsSessionFile* session = nullptr);

    /// A call of `read` appends no more than this, but for the rest of a TLS record (16 KiB), which poll does not know of.
    static constexpr std::size_t most_at_once = 128U << 10U;
    /// Appends what is there, up to `most_at_once`: whether there may be more. Fails with Code::unreachable once the other side has closed,
    /// with Code::tls if it says why.
    [[nodiscard]] Result<bool> read(std::string& into);
    /// Takes off the front of `bytes` what could be written.
    [[nodiscard]] Result<void> write(std::string& bytes);
    /// All of it, or a failure.
    [[nodiscard]] Result<void> write_all(std::string bytes, const Patience& patience);
    /// Waits until there is more, and appends it.
    [[nodiscard]] Result<void> read_more(std::string& into, const Patience& patience, const char* what);
    void shut_down();

    [[nodiscard]] int fd() const { return socket_.get(); }
    /// What poll is to be asked for, given whether there is something to write.
    [[nodiscard]] short events(bool has_output) const;

private:
    [[nodiscard]] Result<bool> shake_hands(const std::string& host);
    [[nodiscard]] Error tls_failure(const std::string& host) const;

    base::Descriptor socket_;
    std::unique_ptr<SSL, FreeTlsSession> ssl_;
};

}  // namespace muster::fleet
