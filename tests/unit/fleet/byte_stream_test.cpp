// SPDX-License-Identifier: Apache-2.0
// A server that is faster than its client, with and without TLS.
#include "client/byte_stream.hpp"

#include "support/loopback.hpp"
#include "support/mint.hpp"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <poll.h>

#include <thread>

namespace muster::test {

using namespace fleet;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t all_bytes = 4U << 20U;
constexpr std::size_t tls_record = 16U << 10U;

/// A connection over loopback; the client's end does not block.
struct Pair {
    Pair() {
        const LoopbackListener listener;
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(listener.port());
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        base::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        REQUIRE(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        server.reset(::accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC));
        REQUIRE(server.is_open());
        REQUIRE(::fcntl(socket.get(), F_SETFL, O_NONBLOCK) == 0);
        client = ByteStream(std::move(socket));
    }
    base::Descriptor server;
    ByteStream client;
};

std::string some_bytes() {
    std::string bytes(all_bytes, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7 + i / 251);
    return bytes;
}

bool is_readable(const ByteStream& stream) {
    pollfd polled{stream.fd(), POLLIN, 0};
    return ::poll(&polled, 1, 10'000) == 1;
}

/// One read after another, each when poll says that there is something: how much the longest of them was.
std::size_t read_all(ByteStream& stream, std::string& got) {
    std::size_t longest = 0;
    while (got.size() < all_bytes) {
        REQUIRE(is_readable(stream));
        const std::size_t before = got.size();
        const auto more = stream.read(got);
        REQUIRE(more);
        CHECK((*more || got.size() - before < ByteStream::most_at_once + tls_record));
        longest = std::max(longest, got.size() - before);
    }
    return longest;
}

/// TLS with a certificate that nobody looks at, as a thread of its own speaks it: shakes hands, and writes.
class TlsServer {
public:
    TlsServer(int fd, const std::string& bytes) : context_(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free) {
        const Minted identity = mint({});
        REQUIRE(SSL_CTX_use_certificate(context_.get(), identity.certificate.get()) == 1);
        REQUIRE(SSL_CTX_use_PrivateKey(context_.get(), identity.key.get()) == 1);
        thread_ = std::thread([this, fd, &bytes] {
            const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context_.get()), &SSL_free);
            SSL_set_fd(ssl.get(), fd);
            if (SSL_accept(ssl.get()) == 1) SSL_write(ssl.get(), bytes.data(), static_cast<int>(bytes.size()));
        });
    }
    ~TlsServer() { thread_.join(); }
    TlsServer(const TlsServer&) = delete;
    TlsServer& operator=(const TlsServer&) = delete;

private:
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
    std::thread thread_;
};

}  // namespace

TEST_CASE("a server that is faster than its client does not keep it reading") {
    Pair pair;
    const std::string bytes = some_bytes();
    std::thread server([&] { static_cast<void>(::send(pair.server.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL)); });
    std::string got;
    const std::size_t longest = read_all(pair.client, got);
    server.join();
    CHECK(longest <= ByteStream::most_at_once);
    CHECK(got == bytes);
}

TEST_CASE("a read that ends at its bound says that there may be more") {
    Pair pair;
    // As much as the kernel takes, so that there is more than one read's share without another thread.
    REQUIRE(::fcntl(pair.server.get(), F_SETFL, O_NONBLOCK) == 0);
    const std::string bytes = some_bytes();
    std::size_t sent = 0;
    for (ssize_t now = 1; now > 0 && sent < bytes.size();) {
        now = ::send(pair.server.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (now > 0) sent += static_cast<std::size_t>(now);
    }
    REQUIRE(sent > ByteStream::most_at_once);
    std::string got;
    while (got.size() < sent) {
        const std::size_t before = got.size();
        const auto more = pair.client.read(got);
        REQUIRE(more);
        CHECK(*more == (got.size() - before == ByteStream::most_at_once));
        CHECK(got.size() - before <= ByteStream::most_at_once);
    }
    CHECK(got == bytes.substr(0, sent));
}

TEST_CASE("with TLS nothing stays behind where poll does not see it") {
    Pair pair;
    const std::string bytes = some_bytes();
    const TlsServer server(pair.server.get(), bytes);
    TlsContext tls;
    tls.context.reset(SSL_CTX_new(TLS_client_method()));
    REQUIRE(pair.client.secure(tls, "127.0.0.1", {std::chrono::steady_clock::now() + 10s, -1}));
    std::string got;
    CHECK(read_all(pair.client, got) <= ByteStream::most_at_once + tls_record);
    CHECK(got == bytes);
}

TEST_CASE("what a server said last comes before its end") {
    Pair pair;
    const std::string bytes = "goodbye";
    REQUIRE(::send(pair.server.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
    pair.server.reset();
    std::string got;
    const Patience patience{std::chrono::steady_clock::now() + 10s, -1};
    CHECK(pair.client.read_more(got, patience, "last words"));
    CHECK(got == bytes);
    const auto end = pair.client.read_more(got, patience, "nothing");
    REQUIRE_FALSE(end);
    CHECK(end.error().code() == Code::unreachable);
}

}  // namespace muster::test
