// SPDX-License-Identifier: Apache-2.0
// Bytes to a broker and back: TCP, or TLS over it.
#pragma once

#include "base/descriptor.hpp"
#include "pki/tls_client.hpp"

#include <muster/result.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace muster::transport {

/// Nothing here waits: who has to, asks poll for `events`.
/// Threads: one.
class NativeStream {
public:
    /// Takes a socket that is connected and does not block.
    explicit NativeStream(base::Descriptor socket) : socket_(std::move(socket)) {}

    /// From now on everything goes through TLS, beginning with its handshake. Fails as pki::TlsClient::make() does.
    [[nodiscard]] Result<void> secure(const pki::TlsFiles& files, const std::string& host);
    /// As pki::TlsClient's; without TLS there is nothing to do.
    [[nodiscard]] Result<bool> shake_hands();
    /// How many bytes came; 0: none are there yet. Fails with Code::unreachable once the connection has ended.
    [[nodiscard]] Result<std::size_t> read(char* into, std::size_t size);
    /// How many bytes were taken; 0: there is no room yet.
    [[nodiscard]] Result<std::size_t> write(std::string_view bytes);
    /// Ends our side, once everything was written.
    void shut_down();

    [[nodiscard]] int fd() const { return socket_.get(); }
    [[nodiscard]] bool is_tls() const { return tls_.has_value(); }
    /// `has_output`: whether `write` has left something.
    [[nodiscard]] short events(bool has_output) const;

private:
    base::Descriptor socket_;
    std::optional<pki::TlsClient> tls_;
};

}  // namespace muster::transport
