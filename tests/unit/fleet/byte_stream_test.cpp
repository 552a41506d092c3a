// SPDX-License-Identifier: Apache-2.0
// A server that is faster than its client, with and without TLS.
#include "client/byte_stream.hpp"

#include "support/mint.hpp"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <thread>

namespace muster::test {

using namespace fleet;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t all_bytes = 4U << 20U;
constexpr std::size_t tls_record = 16U << 10U;

/// A connection within the machine, on which all of a read's share finds room while nobody reads; the client's end does not block.
struct Pair {
    Pair() {
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
        server.reset(ends[0]);
        client = ByteStream(base::Descriptor(ends[1]));
        REQUIRE(::fcntl(client.fd(), F_SETFL, O_NONBLOCK) == 0);
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

/// TLS with a certificate that nobody looks at, as a thread of its own speaks it: shakes hands, and writes, first a short record.
class TlsServer {
public:
    TlsServer(int fd, const std::string& bytes) : context_(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free) {
        const Minted identity = mint({});
        REQUIRE(SSL_CTX_use_certificate(context_.get(), identity.certificate.get()) == 1);
        REQUIRE(SSL_CTX_use_PrivateKey(context_.get(), identity.key.get()) == 1);
        thread_ = std::thread([this, fd, &bytes] {
            const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context_.get()), &SSL_free);
            SSL_set_fd(ssl.get(), fd);
            constexpr std::size_t first = 1'000;
            if (SSL_accept(ssl.get()) != 1 || SSL_write(ssl.get(), bytes.data(), first) != first) return;
            SSL_write(ssl.get(), bytes.data() + first, static_cast<int>(bytes.size() - first));
        });
    }
    ~TlsServer() { join(); }
    void join() {
        if (thread_.joinable()) thread_.join();
    }
    TlsServer(const TlsServer&) = delete;
    TlsServer& operator=(const TlsServer&) = delete;

private:
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
    std::thread thread_;
};

void secure(ByteStream& stream) {
    TlsContext tls;
    tls.context.reset(SSL_CTX_new(TLS_client_method()));
    REQUIRE(stream.secure(tls, "127.0.0.1", {std::chrono::steady_clock::now() + 10s, -1}));
}

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

TEST_CASE("with TLS the rest of a record does not stay behind where poll does not see it") {
    Pair pair;
    // The last record goes over the bound.
    const std::string bytes = some_bytes().substr(0, ByteStream::most_at_once + 100);
    TlsServer server(pair.server.get(), bytes);
    secure(pair.client);
    server.join();
    std::string got;
    REQUIRE(pair.client.read(got));
    CHECK(got.size() == bytes.size());
    CHECK(got == bytes);
}

TEST_CASE("with TLS, too, a server that is faster does not keep its client reading") {
    Pair pair;
    const std::string bytes = some_bytes();
    const TlsServer server(pair.server.get(), bytes);
    secure(pair.client);
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
