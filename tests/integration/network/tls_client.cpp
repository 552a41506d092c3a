// SPDX-License-Identifier: Apache-2.0
// An MQTT client over TLS, with blocking calls.
#include "integration/network/tls_client.hpp"

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <csignal>

namespace muster::test {
namespace {

Ticket copy_of(const SSL_SESSION* session) {
    return {SSL_SESSION_dup(session), &SSL_SESSION_free};
}

// OpenSSL writes with write(2).
void ignore_broken_pipes() {
    std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace

TlsClient::TlsClient(std::uint16_t port, const TlsOptions& options)
    : context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free), ssl_(nullptr, &SSL_free) {
    ignore_broken_pipes();
    SSL_CTX* context = context_.get();
    SSL_CTX_set_min_proto_version(context, options.version);
    SSL_CTX_set_max_proto_version(context, options.version);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    REQUIRE(SSL_CTX_load_verify_file(context, options.ca_file.c_str()) == 1);
    if (options.identity != nullptr) {
        REQUIRE(SSL_CTX_use_certificate(context, options.identity->certificate.get()) == 1);
        REQUIRE(SSL_CTX_use_PrivateKey(context, options.identity->key.get()) == 1);
    }
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, &TlsClient::on_ticket);

    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval limit{patience.count(), 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);

    ssl_.reset(SSL_new(context));
    SSL_set_app_data(ssl_.get(), this);
    SSL_set_fd(ssl_.get(), fd_);
    // A copy: what comes of this connection must not spoil the ticket.
    if (options.ticket) REQUIRE(SSL_set_session(ssl_.get(), copy_of(options.ticket.get()).get()) == 1);
    ERR_clear_error();
    is_secured_ = SSL_connect(ssl_.get()) == 1;
    has_ended_ = !is_secured_;
}

TlsClient::~TlsClient() {
    if (!has_ended_) SSL_shutdown(ssl_.get());
    ::close(fd_);
}

int TlsClient::on_ticket(SSL* ssl, SSL_SESSION* session) {
    static_cast<TlsClient*>(SSL_get_app_data(ssl))->ticket_ = copy_of(session);
    return 0;
}

void TlsClient::send(const wire::Packet& packet) {
    std::string bytes;
    wire::encode(packet, wire::Version::v5, bytes);
    send_bytes(bytes);
}

void TlsClient::send_bytes(const std::string& bytes) {
    ERR_clear_error();
    if (!has_ended_) SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
}

bool TlsClient::read_more() {
    if (has_ended_) return false;
    char buffer[4'096];
    ERR_clear_error();
    const int count = SSL_read(ssl_.get(), buffer, sizeof buffer);
    if (count > 0) {
        received_.append(buffer, static_cast<std::size_t>(count));
        return true;
    }
    has_ended_ = SSL_get_error(ssl_.get(), count) != SSL_ERROR_WANT_READ;  // That is: patience is over.
    return false;
}

std::optional<wire::Packet> TlsClient::next() {
    received_.erase(0, taken_);
    taken_ = 0;
    while (true) {
        const auto frame = wire::next_frame(received_, 1U << 20U);
        if (const auto* whole = std::get_if<wire::Frame>(&frame)) {
            taken_ = whole->total_size;
            const auto decoded = wire::decode(*whole, wire::Version::v5);
            const auto* packet = std::get_if<wire::Packet>(&decoded);
            REQUIRE(packet != nullptr);
            return *packet;
        }
        if (!read_more()) return std::nullopt;
    }
}

std::optional<wire::ReasonCode> TlsClient::ask(const std::string& client_id, const std::string& user, const std::string& password) {
    wire::Connect connect;
    connect.version = wire::Version::v5;
    connect.client_id = client_id;
    if (!user.empty()) connect.username = user;
    if (!password.empty()) connect.password = password;
    send(connect);
    const auto answer = next();
    if (!answer) return std::nullopt;
    REQUIRE(std::holds_alternative<wire::Connack>(*answer));
    return std::get<wire::Connack>(*answer).reason;
}

std::optional<wire::ReasonCode> TlsClient::wait_for_goodbye() {
    std::optional<wire::ReasonCode> reason;
    while (const auto packet = next()) {
        if (const auto* goodbye = std::get_if<wire::Disconnect>(&*packet)) reason = goodbye->reason;
    }
    return has_ended_ ? reason : std::nullopt;
}

}  // namespace muster::test
