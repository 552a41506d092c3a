// SPDX-License-Identifier: Apache-2.0
// An MQTT client over TLS.
#include "tls_client.hpp"

#include "wire/decode.hpp"
#include "wire/encode.hpp"

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace muster::test {
namespace {

int connect_to(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval patience{10, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    return fd;
}

std::string last_error() {
    const char* reason = nullptr;
    while (const auto code = ERR_get_error()) reason = ERR_reason_error_string(code);
    return reason == nullptr ? "" : reason;
}

}  // namespace

TlsClient::TlsClient(std::uint16_t port, const Shown& shown) : fd_(connect_to(port)) {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    // What a client shows is the test's business, however weak; the broker's certificate is no part of it.
    SSL_CTX_set_security_level(context_.get(), 0);
    SSL_CTX_set_min_proto_version(context_.get(), shown.version);
    SSL_CTX_set_max_proto_version(context_.get(), shown.version);
    ssl_.reset(SSL_new(context_.get()));
    if (shown.key) {
        REQUIRE(SSL_use_certificate(ssl_.get(), shown.certificate.get()) == 1);
        REQUIRE(SSL_use_PrivateKey(ssl_.get(), shown.key.get()) == 1);
        for (const auto& certificate : shown.chain) REQUIRE(SSL_add1_chain_cert(ssl_.get(), certificate.get()) == 1);
    }
    if (shown.resumed) REQUIRE(SSL_set_session(ssl_.get(), shown.resumed.get()) == 1);
    SSL_set_fd(ssl_.get(), fd_);
    if (SSL_connect(ssl_.get()) != 1) why_ = last_error();
}

TlsClient::~TlsClient() {
    // A session that ended without a goodbye is not resumed.
    SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    ERR_clear_error();
    ::close(fd_);
}

void TlsClient::send(const wire::Packet& packet) {
    std::string bytes;
    wire::encode(packet, version_, bytes);
    // A broker that has closed already is seen when reading.
    SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
}

bool TlsClient::read_more() {
    if (!why_.empty()) return false;
    std::array<char, 16'384> buffer{};
    const int count = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
    if (count <= 0) {
        const int error = SSL_get_error(ssl_.get(), count);
        if (error == SSL_ERROR_WANT_READ) FAIL("nothing came within ten seconds");
        why_ = last_error();
        return false;
    }
    unread_.append(buffer.data(), static_cast<std::size_t>(count));
    return true;
}

const wire::Packet* TlsClient::next() {
    while (true) {
        const auto framed = wire::next_frame(unread_, wire::max_variable_byte_integer);
        REQUIRE_FALSE(std::holds_alternative<wire::DecodeError>(framed));
        if (const auto* frame = std::get_if<wire::Frame>(&framed)) {
            frames_.push_back(unread_.substr(0, frame->total_size));
            unread_.erase(0, frame->total_size);
            break;
        }
        if (!read_more()) return nullptr;
    }
    const auto whole = wire::next_frame(frames_.back(), wire::max_variable_byte_integer);
    const auto decoded = wire::decode(std::get<wire::Frame>(whole), version_);
    REQUIRE_FALSE(std::holds_alternative<wire::DecodeError>(decoded));
    return &packets_.emplace_back(std::get<wire::Packet>(decoded));
}

void TlsClient::fail_unexpected(const wire::Packet* packet) {
    if (packet == nullptr) FAIL("the broker closed the connection, a packet was expected");
    if (const auto* goodbye = std::get_if<wire::Disconnect>(packet))
        FAIL("not the packet that was expected but DISCONNECT " << static_cast<unsigned>(goodbye->reason));
    FAIL("not the packet that was expected but one of type " << packet->index() + 1);
    throw std::logic_error("not reached");
}

std::optional<wire::ReasonCode> TlsClient::enter(std::string_view client_id, wire::Version version) {
    version_ = version;
    wire::Connect connect;
    connect.version = version;
    connect.keep_alive = 60;
    connect.client_id = client_id;
    if (why_.empty()) send(connect);
    const auto* packet = next();
    if (packet == nullptr) return std::nullopt;
    const auto* answer = std::get_if<wire::Connack>(packet);
    if (answer == nullptr) fail_unexpected(packet);
    return answer->reason;
}

void TlsClient::subscribe(std::string_view filter) {
    send(wire::Subscribe{++last_id_, {}, {{filter, Qos::at_least_once, false, false, 0}}});
    REQUIRE(expect<wire::Suback>().packet_id == last_id_);
}

void TlsClient::publish(std::string_view topic, std::string_view payload) {
    wire::Publish message;
    message.topic = topic;
    message.payload = payload;
    send(message);
}

std::optional<wire::ReasonCode> TlsClient::expect_end() {
    std::optional<wire::ReasonCode> reason;
    while (const auto* packet = next())
        if (const auto* goodbye = std::get_if<wire::Disconnect>(packet)) reason = goodbye->reason;
    return reason;
}

}  // namespace muster::test
