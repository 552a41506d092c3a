// SPDX-License-Identifier: Apache-2.0
// The least that a server with TLS can do: OpenSSL shakes hands with clients that show certificates, gives them tickets and releases its
// buffers; CONNECT is answered, and then nothing happens.
#include "answers.hpp"
#include "listener.hpp"

#include <openssl/ssl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace muster::bench {
namespace {

constexpr int events_at_once = 256;
constexpr std::size_t read_bytes = 16U << 10U;

struct FreeSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using Ssl = std::unique_ptr<SSL, FreeSsl>;
using Context = std::unique_ptr<SSL_CTX, FreeSsl>;

/// Certificate chain, key and the CAs of clients as PEM files.
Context make_context(const char* certificate, const char* key, const char* client_ca) {
    Context made(SSL_CTX_new(TLS_server_method()));
    SSL_CTX* const context = made.get();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    // Tickets only: what the server must keep for a session is nothing. One after a full handshake, as muster gives, not two.
    SSL_CTX_set_num_tickets(context, 1);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    constexpr std::string_view name = "bench";
    SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>(name.data()), name.size());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    MUSTER_REQUIRE(SSL_CTX_use_certificate_chain_file(context, certificate) == 1);
    MUSTER_REQUIRE(SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1);
    MUSTER_REQUIRE(SSL_CTX_load_verify_file(context, client_ca) == 1);
    return made;
}

class TlsServer {
public:
    TlsServer(int listener, Context context) : listener_(listener), epoll_(::epoll_create1(EPOLL_CLOEXEC)), context_(std::move(context)) {
        watch(listener_);
    }

    [[noreturn]] void run() {
        std::array<epoll_event, events_at_once> events{};
        while (true) {
            const int count = ::epoll_wait(epoll_, events.data(), events_at_once, -1);
            for (int i = 0; i < count; ++i) handle(events[static_cast<std::size_t>(i)].data.fd);
        }
    }

private:
    void watch(int fd) const {
        epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
        ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    }

    void handle(int fd) {
        if (fd != listener_) return read(fd);
        for (int peer = accept_one(listener_); peer >= 0; peer = accept_one(listener_)) {
            if (peers_.size() <= static_cast<std::size_t>(peer)) peers_.resize(static_cast<std::size_t>(peer) + 1);
            Ssl& ssl = peers_[static_cast<std::size_t>(peer)];
            ssl.reset(SSL_new(context_.get()));
            SSL_set_fd(ssl.get(), peer);
            SSL_set_accept_state(ssl.get());
            watch(peer);
        }
    }

    // The handshake goes on within SSL_read. What a client of the bench sends comes as one record, and answers fit the socket.
    void read(int fd) {
        Ssl& ssl = peers_[static_cast<std::size_t>(fd)];
        const int got = SSL_read(ssl.get(), buffer_.data(), static_cast<int>(buffer_.size()));
        if (got <= 0) {
            if (SSL_get_error(ssl.get(), got) == SSL_ERROR_WANT_READ) return;
            ssl.reset();
            ::close(fd);
            return;
        }
        std::string answer;
        std::string_view bytes(buffer_.data(), static_cast<std::size_t>(got));
        for (FrameView frame = next_frame(bytes); frame.size > 0; frame = next_frame(bytes)) {
            const std::string_view body = bytes.substr(frame.header, frame.size - frame.header);
            if (frame.type == wire::PacketType::connect) append_connack(is_version_5(body), answer);
            // The bench's TLS clients speak 3.1.1.
            if (frame.type == wire::PacketType::subscribe) append_suback(body, false, answer);
            if (frame.type == wire::PacketType::pingreq) append_pingresp(answer);
            bytes.remove_prefix(frame.size);
        }
        if (!answer.empty()) SSL_write(ssl.get(), answer.data(), static_cast<int>(answer.size()));
    }

    int listener_;
    int epoll_;
    Context context_;
    std::vector<Ssl> peers_;  // By descriptor.
    std::array<char, read_bytes> buffer_{};
};

}  // namespace
}  // namespace muster::bench

int main(int count, char** words) {
    if (count != 4) {
        std::fputs("usage: bare_tls_server CERTIFICATE KEY CLIENT_CA\n", stderr);
        return 2;
    }
    ::signal(SIGPIPE, SIG_IGN);  // A client that leaves while it is answered.
    muster::bench::allow_many_files();
    muster::bench::TlsServer(muster::bench::listen_on_loopback(), muster::bench::make_context(words[1], words[2], words[3])).run();
}
