// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 servers on Boost.Beast.
#include "net/http_server.hpp"

#include "base/files.hpp"
#include "net/http_date.hpp"
#include "net/tcp_port.hpp"
#include "net/unix_socket.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <set>
#include <utility>

namespace muster::testbroker::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t max_body_bytes = 64U << 10U;
constexpr std::chrono::milliseconds accept_retry{100};
constexpr std::chrono::seconds stream_patience{60};  // For a reader of a stream that takes nothing.
constexpr std::chrono::seconds idle_after{15};

using TcpStream = beast::basic_stream<tcp, asio::any_io_executor>;
using UnixStream = beast::basic_stream<asio::local::stream_protocol, asio::any_io_executor>;
using TlsStream = beast::ssl_stream<TcpStream>;

/// A session that its server can cut.
class Session {
public:
    virtual ~Session() = default;
    virtual void start() = 0;
    virtual void cut() = 0;
};
using Sessions = std::set<std::shared_ptr<Session>>;

/// One connection: request, answer, request... Threads: the io thread.
template <class Stream>
class HttpSession final : public Session, public std::enable_shared_from_this<HttpSession<Stream>> {
public:
    HttpSession(Stream stream, Sessions& sessions, const HttpService& service)
        : stream_(std::move(stream)), sessions_(sessions), service_(service) {}

    void start() override {
        if constexpr (std::is_same_v<Stream, TlsStream>) {
            limit_time();
            stream_.async_handshake(asio::ssl::stream_base::server, [self = this->shared_from_this()](error_code error) {
                if (error) return self->fail(error);
                self->read();
            });
        } else {
            read();
        }
    }
    void cut() override {
        beast::get_lowest_layer(stream_).close();
        if (idle_timer_) idle_timer_->cancel();
    }

private:
    void limit_time() { beast::get_lowest_layer(stream_).expires_after(service_.patience); }
    void end() {
        beast::get_lowest_layer(stream_).close();
        source_.reset();
        if (idle_timer_) idle_timer_->cancel();
        sessions_.erase(this->shared_from_this());
    }

    void fail(error_code error) {
        const auto rest = buffer_.cdata();
        tell_stranger(service_.on_stranger, error, {static_cast<const char*>(rest.data()), rest.size()});
        end();
    }

    void read() {
        limit_time();
        parser_.emplace();
        parser_->body_limit(max_body_bytes);
        http::async_read(stream_, buffer_, *parser_, [self = this->shared_from_this()](error_code error, std::size_t) {
            if (error == http::error::body_limit) return self->write({413, "text/plain", {}, "the body has more than 64 KiB\n"}, false);
            if (error) return self->fail(error);
            self->answer();
        });
    }

    void answer() {
        const auto& message = parser_->get();
        HttpRequest request{std::string(message.method_string()),
                            std::string(message.target()),
                            std::string(message[http::field::content_type]),
                            std::string(message[http::field::authorization]),
                            message.body(),
                            std::string(message["Last-Event-ID"])};
        if constexpr (std::is_same_v<Stream, TlsStream>) request.client = peer_certificate(stream_.native_handle());
        HttpResponse response = service_.handler(request);
        if (response.stream) return begin_stream(response);
        write(response, message.keep_alive());
    }

    // A response without a length ends with its connection (RFC 9112, section 6.3).
    void begin_stream(HttpResponse& response) {
        source_ = std::move(response.stream);
        idle_timer_.emplace(stream_.get_executor());
        piece_ = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: " + response.content_type + "\r\n";
        for (const auto& [name, value] : response.headers) piece_.append(name).append(": ").append(value).append("\r\n");
        piece_ += "\r\n";
        await_peer();
        write_piece();
    }

    // It has nothing more to say; what comes is its end.
    void await_peer() {
        beast::get_lowest_layer(stream_).expires_never();
        stream_.async_read_some(buffer_.prepare(1), [self = this->shared_from_this()](error_code error, std::size_t) {
            if (error) return self->end();
            self->await_peer();
        });
    }

    void write_piece() {
        beast::get_lowest_layer(stream_).expires_after(stream_patience);
        asio::async_write(stream_, asio::buffer(piece_), [self = this->shared_from_this()](error_code error, std::size_t) {
            if (error) return self->end();
            self->go_on();
        });
    }

    void go_on() {
        if (!source_) return;  // It has ended.
        piece_ = source_->next();
        if (!piece_.empty()) return write_piece();
        source_->when_more([weak = this->weak_from_this()] {
            if (const auto self = weak.lock()) self->idle_timer_->cancel();
        });
        idle_timer_->expires_after(idle_after);
        idle_timer_->async_wait([self = this->shared_from_this()](error_code error) {
            if (error) return self->go_on();
            if (!self->source_) return;
            self->piece_ = self->source_->idle();
            self->write_piece();
        });
    }

    void write(const HttpResponse& response, bool keep_alive) {
        message_ = {};
        message_.result(response.status);
        message_.set(http::field::date, http_date(std::chrono::system_clock::now()));
        message_.set(http::field::content_type, response.content_type);
        for (const auto& [name, value] : response.headers) message_.set(name, value);
        message_.keep_alive(keep_alive);
        message_.body() = response.body;
        message_.prepare_payload();
        limit_time();
        http::async_write(stream_, message_, [self = this->shared_from_this(), keep_alive](error_code error, std::size_t) {
            if (error || !keep_alive) return self->end();
            self->read();
        });
    }

    Stream stream_;
    Sessions& sessions_;
    const HttpService& service_;
    beast::flat_buffer buffer_;
    std::optional<http::request_parser<http::string_body>> parser_;
    http::response<http::string_body> message_;
    std::shared_ptr<HttpStream> source_;  // Of a response that goes on.
    std::optional<asio::steady_timer> idle_timer_;
    std::string piece_;
};

/// What both servers share: accepting and cutting. Threads: the io thread.
template <class Protocol, class Stream>
class Server : public HttpServer {
public:
    Server(asio::io_context& io, HttpService service) : acceptor_(io), retry_timer_(io), service_(std::move(service)) {}
    void close() override {
        error_code ignored;
        acceptor_.close(ignored);
        retry_timer_.cancel();
        for (const auto& session : Sessions(sessions_)) session->cut();
    }

protected:
    virtual Stream wrap(typename Protocol::socket socket) = 0;
    void accept() {
        acceptor_.async_accept([this](error_code error, typename Protocol::socket socket) {
            if (error == asio::error::operation_aborted || !acceptor_.is_open()) return;
            if (error) return accept_later();
            auto session = std::make_shared<HttpSession<Stream>>(wrap(std::move(socket)), sessions_, service_);
            sessions_.insert(session);
            session->start();
            accept();
        });
    }
    typename Protocol::acceptor acceptor_;

private:
    // There are no descriptors left; at once, it would be the same again.
    void accept_later() {
        retry_timer_.expires_after(accept_retry);
        retry_timer_.async_wait([this](error_code error) {
            if (!error && acceptor_.is_open()) accept();
        });
    }
    asio::steady_timer retry_timer_;
    HttpService service_;
    Sessions sessions_;
};

/// At a TCP port, which is kept while the server is suspended.
template <class Stream>
class PortServer : public Server<tcp, Stream> {
public:
    PortServer(asio::io_context& io, const tcp::endpoint& endpoint, HttpService service)
        : Server<tcp, Stream>(io, std::move(service)), port_(endpoint) {}
    void suspend() override {
        port_.pause(this->acceptor_);
        this->close();
    }
    Result<void> reopen() override {
        if (auto listening = port_.open(this->acceptor_); !listening) return listening;
        this->accept();
        return {};
    }
    [[nodiscard]] const tcp::endpoint& endpoint() const { return port_.endpoint(); }

private:
    AcceptorPort port_;
};

class HttpsServer final : public PortServer<TlsStream> {
public:
    HttpsServer(asio::io_context& io, const tcp::endpoint& endpoint, TlsContext& tls, HttpService service)
        : PortServer(io, endpoint, std::move(service)), tls_(tls) {}

private:
    TlsStream wrap(tcp::socket socket) override { return TlsStream(TcpStream(std::move(socket)), tls_.context()); }
    TlsContext& tls_;
};

class TcpServer final : public PortServer<TcpStream> {
public:
    using PortServer::PortServer;

private:
    TcpStream wrap(tcp::socket socket) override { return TcpStream(std::move(socket)); }
};

class UnixServer final : public Server<asio::local::stream_protocol, UnixStream> {
public:
    UnixServer(asio::io_context& io, std::filesystem::path path, HttpService service)
        : Server(io, std::move(service)), path_(std::move(path)) {}
    void close() override {
        if (acceptor_.is_open()) ::unlink(path_.c_str());
        Server::close();
    }
    void suspend() override { close(); }
    Result<void> reopen() override {
        auto socket = listen_unix(path_);
        if (!socket) return Error{socket.error().code(), socket.error().message(), "give another admin socket with --admin unix:PATH"};
        error_code error;
        acceptor_.assign({}, socket->release(), error);
        if (error) return Error{Code::io, "cannot listen on " + path_.string() + ": " + error.message()};
        accept();
        return {};
    }

private:
    UnixStream wrap(asio::local::stream_protocol::socket socket) override { return UnixStream(std::move(socket)); }
    std::filesystem::path path_;
};

}  // namespace

Result<std::unique_ptr<HttpServer>> open_https_server(asio::io_context& io, tcp::endpoint& endpoint, TlsContext& tls, HttpService service) {
    auto server = std::make_unique<HttpsServer>(io, endpoint, tls, std::move(service));
    if (auto opened = server->reopen(); !opened) return std::move(opened).error();
    endpoint = server->endpoint();
    return std::unique_ptr<HttpServer>(std::move(server));
}

Result<std::unique_ptr<HttpServer>> open_http_server(asio::io_context& io, tcp::endpoint& endpoint, HttpService service) {
    auto server = std::make_unique<TcpServer>(io, endpoint, std::move(service));
    if (auto opened = server->reopen(); !opened) return std::move(opened).error();
    endpoint = server->endpoint();
    return std::unique_ptr<HttpServer>(std::move(server));
}

Result<std::unique_ptr<HttpServer>> open_unix_http_server(asio::io_context& io, const std::filesystem::path& path, HttpService service) {
    auto server = std::make_unique<UnixServer>(io, path, std::move(service));
    if (auto opened = server->reopen(); !opened) return std::move(opened).error();
    return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace muster::testbroker::net
