// SPDX-License-Identifier: Apache-2.0
// An HTTPS server for tests, through POSIX sockets and OpenSSL.
#include "support/https_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

namespace muster::test {
namespace {

constexpr int trickle_interval_ms = 50;

// Waits until the client has closed, at most `milliseconds` (-1: for ever); whether it has.
bool client_left(int connection, int milliseconds) {
    pollfd state{connection, POLLRDHUP, 0};
    return ::poll(&state, 1, milliseconds) != 0 && (state.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

bool read_request(SSL& tls, HttpRequest& request) {
    std::string data;
    std::size_t body_at = std::string::npos;
    std::size_t body_bytes = 0;
    char buffer[4'096];
    while (body_at == std::string::npos || data.size() < body_at + body_bytes) {
        const int count = SSL_read(&tls, buffer, sizeof buffer);
        if (count <= 0) return false;
        data.append(buffer, static_cast<std::size_t>(count));
        if (body_at != std::string::npos) continue;
        const auto end = data.find("\r\n\r\n");
        if (end == std::string::npos) continue;
        body_at = end + 4;
        request.head = data.substr(0, end + 2);
        const std::string length = request.header("Content-Length");
        body_bytes = length.empty() ? 0 : std::stoul(length);
    }
    request.body = data.substr(body_at);
    const auto first = request.head.find(' ');
    const auto second = request.head.find(' ', first + 1);
    request.method = request.head.substr(0, first);
    request.target = request.head.substr(first + 1, second - first - 1);
    return true;
}

void write_all(SSL& tls, const std::string& bytes) {
    for (std::size_t sent = 0; sent < bytes.size();) {
        const int count = SSL_write(&tls, bytes.data() + sent, static_cast<int>(bytes.size() - sent));
        if (count <= 0) return;  // The client had enough.
        sent += static_cast<std::size_t>(count);
    }
}

int believe_anybody(int /*verified*/, X509_STORE_CTX* /*context*/) {
    return 1;
}

std::shared_ptr<SSL_CTX> make_context(const Minted& identity, HttpsServer::Greeting greeting) {
    const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
    if (SSL_CTX_use_certificate(context.get(), identity.certificate.get()) != 1 ||
        SSL_CTX_use_PrivateKey(context.get(), identity.key.get()) != 1) {
        throw std::runtime_error("the test's server cannot use its certificate");
    }
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, &believe_anybody);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    if (greeting == HttpsServer::Greeting::tls_1_1) {
        SSL_CTX_set_cipher_list(context.get(), "ALL:@SECLEVEL=0");  // Debian's level 2 forbids it, to servers as well.
        SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
        SSL_CTX_set_max_proto_version(context.get(), TLS1_1_VERSION);
    }
    return context;
}

}  // namespace

std::string HttpRequest::header(const std::string& name) const {
    for (std::size_t at = 0; at < head.size();) {
        const std::size_t end = head.find("\r\n", at);
        const std::string line = head.substr(at, end - at);
        if (line.size() > name.size() && line[name.size()] == ':' && ::strncasecmp(line.c_str(), name.c_str(), name.size()) == 0) {
            const auto first = line.find_first_not_of(' ', name.size() + 1);
            return first == std::string::npos ? "" : line.substr(first);
        }
        if (end == std::string::npos) break;
        at = end + 2;
    }
    return {};
}

HttpReply http_reply(int status, const std::string& content_type, const std::string& body, const std::string& headers) {
    std::string head = "HTTP/1.1 " + std::to_string(status) + " Scripted\r\nConnection: close\r\n" + headers;
    if (!content_type.empty()) head += "Content-Type: " + content_type + "\r\n";
    head += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    return {head + body};
}

HttpsServer::HttpsServer(const Minted& identity, Handler handler, Greeting greeting)
    : handler_(std::move(handler)), greeting_(greeting), context_(make_context(identity, greeting)) {
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));  // A client that leaves early must not end the test.
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 16) != 0 || ::getsockname(listener_, generic, &size) != 0)
        throw std::runtime_error("the test's server cannot listen");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
}

HttpsServer::~HttpsServer() {
    is_stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    connection_.with([](int connection) {
        if (connection >= 0) ::shutdown(connection, SHUT_RDWR);
    });
    thread_.join();
    ::close(listener_);
}

std::vector<HttpRequest> HttpsServer::requests() const {
    return requests_.with([](const auto& all) { return all; });
}

void HttpsServer::run() {
    while (true) {
        const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection < 0) return;
        connection_.with([&](int& current) { current = connection; });
        if (!is_stopping_) serve(connection);
        connection_.with([](int& current) { current = -1; });
        ::close(connection);
    }
}

void HttpsServer::serve(int connection) {
    if (greeting_ == Greeting::silence) {
        client_left(connection, -1);
        return;
    }
    const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context_.get()), &SSL_free);
    SSL_set_fd(tls.get(), connection);
    if (SSL_accept(tls.get()) == 1) answer(*tls, connection);
}

void HttpsServer::answer(SSL& tls, int connection) {
    HttpRequest request;
    if (!read_request(tls, request)) return;
    request.client = CertificateHandle(SSL_get1_peer_certificate(&tls), &X509_free);
    requests_.with([&](auto& all) { all.push_back(request); });
    const HttpReply reply = handler_(request);
    if (reply.then == HttpReply::Then::trickle) {
        for (const char c : reply.bytes) {
            write_all(tls, std::string(1, c));
            if (client_left(connection, trickle_interval_ms)) return;
        }
        return;
    }
    write_all(tls, reply.bytes);
    if (reply.then == HttpReply::Then::stall) client_left(connection, -1);
    if (reply.then == HttpReply::Then::reset) {
        const linger at_once{1, 0};
        ::setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        return;
    }
    if (reply.then == HttpReply::Then::close) SSL_shutdown(&tls);
}

}  // namespace muster::test
