// SPDX-License-Identifier: Apache-2.0
// An MQTT client over TLS that chooses its protocol version and the session that it resumes.
#pragma once

#include "support/mint.hpp"
#include "wire/decode.hpp"
#include "wire/encode.hpp"

#include <openssl/ssl.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace muster::test {

/// As the broker gave it; stays usable whatever becomes of the connection.
using Ticket = std::shared_ptr<SSL_SESSION>;

struct TlsOptions {
    int version = TLS1_3_VERSION;
    std::string ca_file;
    const Minted* identity = nullptr;  ///< Its certificate and key are shown when asked for.
    Ticket ticket;
};

/// Everything that waits gives up after `patience`. Threads: one.
class TlsClient {
public:
    static constexpr std::chrono::seconds patience{20};

    /// Connects to loopback and shakes hands.
    TlsClient(std::uint16_t port, const TlsOptions& options);
    ~TlsClient();
    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;

    /// With TLS 1.3 a refused certificate shows only when something is read.
    [[nodiscard]] bool is_secured() const { return is_secured_; }
    [[nodiscard]] bool was_resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
    void send(const wire::Packet& packet);
    void send_bytes(const std::string& bytes);
    /// None: the connection has ended, or nothing came in time. Its views live until the next call.
    [[nodiscard]] std::optional<wire::Packet> next();
    /// CONNECT of version 5 with this client id; how it was answered. None: with the end of the connection.
    [[nodiscard]] std::optional<wire::ReasonCode> ask(const std::string& client_id, const std::string& user = {},
                                                      const std::string& password = {});
    /// Why the broker ended the connection, and that it did. None: it did not, or did not say.
    [[nodiscard]] std::optional<wire::ReasonCode> wait_for_goodbye();
    [[nodiscard]] bool has_ended() const { return has_ended_; }
    /// The newest; none if there was none.
    [[nodiscard]] Ticket ticket() const { return ticket_; }

private:
    static int on_ticket(SSL* ssl, SSL_SESSION* session);
    bool read_more();

    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
    std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
    int fd_ = -1;
    bool is_secured_ = false;
    bool has_ended_ = false;
    Ticket ticket_;
    std::string received_;
    std::size_t taken_ = 0;
};

}  // namespace muster::test
