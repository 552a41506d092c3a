// SPDX-License-Identifier: Apache-2.0
// An MQTT client over TLS that shows whatever certificate the test gives it, with OpenSSL alone.
#pragma once

#include "support/mint.hpp"
#include "wire/packets.hpp"

#include <openssl/ssl.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace muster::test {

using SessionHandle = std::shared_ptr<SSL_SESSION>;

/// What a client shows in its handshake.
struct Shown {
    KeyHandle key;  ///< None: no certificate.
    CertificateHandle certificate;
    std::vector<CertificateHandle> chain;  ///< Sent along.
    int version = TLS1_3_VERSION;
    SessionHandle resumed = {};  ///< To be resumed, if there is one.
};

/// One connection. What does not come within ten seconds fails the test. Views into a packet that `expect` gave are valid as long as the
/// client. Threads: one.
class TlsClient {
public:
    TlsClient(std::uint16_t port, const Shown& shown);
    ~TlsClient();
    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;

    /// CONNACK's reason for this CONNECT; none if TLS or the connection ends before it, and then `why` says so.
    std::optional<wire::ReasonCode> enter(std::string_view client_id = "", wire::Version version = wire::Version::v5);
    /// The broker's alert, in OpenSSL's words.
    [[nodiscard]] const std::string& why() const { return why_; }
    [[nodiscard]] bool is_resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
    /// To be resumed later; call it after `enter`, because in TLS 1.3 tickets come with the first data.
    [[nodiscard]] SessionHandle session() const { return {SSL_get1_session(ssl_.get()), &SSL_SESSION_free}; }

    void send(const wire::Packet& packet);
    /// The next packet, which must be a P.
    template <class P>
    const P& expect() {
        const wire::Packet* packet = next();
        const P* wanted = packet == nullptr ? nullptr : std::get_if<P>(packet);
        if (wanted == nullptr) fail_unexpected(packet);
        return *wanted;
    }
    void subscribe(std::string_view filter);
    /// At QoS 0.
    void publish(std::string_view topic, std::string_view payload);
    /// Reads to the connection's end; the reason of the DISCONNECT before it, if there is one.
    std::optional<wire::ReasonCode> expect_end();

private:
    /// Null at the connection's end.
    const wire::Packet* next();
    bool read_more();
    [[noreturn]] static void fail_unexpected(const wire::Packet* packet);

    int fd_ = -1;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{nullptr, &SSL_CTX_free};
    std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, &SSL_free};
    wire::Version version_ = wire::Version::v5;
    std::string why_;
    std::string unread_;
    std::deque<std::string> frames_;
    std::deque<wire::Packet> packets_;
    wire::PacketId last_id_ = 0;
};

}  // namespace muster::test
