// SPDX-License-Identifier: Apache-2.0
// One WebSocket: its handshakes, then two pumps between its frames and a socket pair.
#pragma once

#include "net/http_date.hpp"
#include "net/socket.hpp"
#include "net/tls.hpp"
#include "net/websocket_entrance.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>

namespace muster::testbroker::net {

using WsTcpStream = boost::beast::basic_stream<boost::asio::ip::tcp, boost::asio::any_io_executor>;
using WsTlsStream = boost::beast::ssl_stream<WsTcpStream>;

/// What an entrance knows of a session. Threads: the io thread.
class WebSocketSession {
public:
    virtual ~WebSocketSession() = default;
    virtual void start() = 0;
    virtual void cut() = 0;
    /// Cut, but after a second for what is still to be said.
    virtual void drain() = 0;
};
using WebSocketSessions = std::set<std::shared_ptr<WebSocketSession>>;

using UpgradeRequest = boost::beast::http::request<boost::beast::http::empty_body>;
/// Why a request is no MQTT client's; none if it is one's.
struct UpgradeRefusal {
    boost::beast::http::status status;
    std::string hint;
};
[[nodiscard]] std::optional<UpgradeRefusal> check_upgrade(const UpgradeRequest& request);

template <class Stream>
class WebSocketSessionOn final : public WebSocketSession, public std::enable_shared_from_this<WebSocketSessionOn<Stream>> {
    using error_code = boost::system::error_code;

public:
    WebSocketSessionOn(Stream stream, const WebSocketLimits& limits, WebSocketSessions& sessions, const OnStream& on_stream,
                       const OnStranger& on_stranger)
        : socket_(std::move(stream)),
          limits_(limits),
          sessions_(sessions),
          on_stream_(on_stream),
          on_stranger_(on_stranger),
          pair_(socket_.get_executor()),
          drain_timer_(socket_.get_executor()) {}

    void start() override {
        limit_time();
        if constexpr (std::is_same_v<Stream, WsTlsStream>) {
            socket_.next_layer().async_handshake(boost::asio::ssl::stream_base::server,
                                                 [self = this->shared_from_this()](error_code error) {
                                                     if (error) return self->fail(error);
                                                     self->peer_.certificate = peer_certificate(self->socket_.next_layer().native_handle());
                                                     self->read_upgrade();
                                                 });
        } else {
            read_upgrade();
        }
    }
    void cut() override { end(); }
    void drain() override {
        drain_timer_.expires_after(std::chrono::seconds(1));
        drain_timer_.async_wait([self = this->shared_from_this()](error_code error) {
            if (!error) self->end();
        });
    }

private:
    void limit_time() { boost::beast::get_lowest_layer(socket_).expires_after(limits_.handshake_deadline); }

    void read_upgrade() {
        limit_time();
        parser_.emplace();
        boost::beast::http::async_read(socket_.next_layer(), buffer_, *parser_,
                                       [self = this->shared_from_this()](error_code error, std::size_t) {
                                           if (error) return self->fail(error);
                                           if (auto refusal = check_upgrade(self->parser_->get())) return self->refuse(*refusal);
                                           self->accept();
                                       });
    }

    void fail(error_code error) {
        const auto rest = buffer_.cdata();
        tell_stranger(on_stranger_, error, {static_cast<const char*>(rest.data()), rest.size()});
        end();
    }

    void refuse(const UpgradeRefusal& refusal) {
        namespace http = boost::beast::http;
        answer_ = {refusal.status, 11};
        answer_.set(http::field::date, http_date(std::chrono::system_clock::now()));
        answer_.set(http::field::content_type, "text/plain");
        if (refusal.status == http::status::upgrade_required) answer_.set(http::field::upgrade, "websocket");
        answer_.keep_alive(false);
        answer_.body() = refusal.hint;
        answer_.prepare_payload();
        limit_time();
        http::async_write(socket_.next_layer(), answer_, [self = this->shared_from_this()](error_code, std::size_t) { self->end(); });
    }

    void accept() {
        namespace websocket = boost::beast::websocket;
        // From here on WebSocket's own timeouts count; its pings find a peer that is gone.
        boost::beast::get_lowest_layer(socket_).expires_never();
        socket_.set_option(websocket::stream_base::timeout{limits_.handshake_deadline, std::chrono::seconds(60), true});
        socket_.set_option(websocket::stream_base::decorator(
            [](websocket::response_type& response) { response.set(boost::beast::http::field::sec_websocket_protocol, "mqtt"); }));
        socket_.read_message_max(limits_.max_message);
        socket_.binary(true);
        socket_.async_accept(parser_->get(), [self = this->shared_from_this()](error_code error) {
            if (error) return self->end();
            self->begin_pumps();
        });
    }

    void begin_pumps() {
        std::array<int, 2> ends{-1, -1};
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0) return end();
        error_code error;
        pair_.assign(boost::asio::local::stream_protocol(), ends[0], error);
        on_stream_(ends[1], std::move(peer_), peer_name(boost::beast::get_lowest_layer(socket_).socket().native_handle()));
        if (error) return end();
        parser_.reset();
        buffer_.clear();
        pump_in();
        pump_out();
    }

    // Frames to the stream; the next is read when the last has been taken, so that a slow broker slows its client.
    void pump_in() {
        socket_.async_read_some(boost::asio::buffer(incoming_), [self = this->shared_from_this()](error_code error, std::size_t count) {
            if (error) return self->end();
            if (!self->socket_.got_binary()) return self->say_goodbye(boost::beast::websocket::close_code::unknown_data);
            boost::asio::async_write(self->pair_, boost::asio::buffer(self->incoming_, count), [self](error_code failed, std::size_t) {
                if (!failed) self->pump_in();  // Otherwise the other pump sees the end.
            });
        });
    }

    void pump_out() {
        pair_.async_read_some(boost::asio::buffer(outgoing_), [self = this->shared_from_this()](error_code error, std::size_t count) {
            if (error) return self->say_goodbye(boost::beast::websocket::close_code::normal);
            self->socket_.async_write(boost::asio::buffer(self->outgoing_, count), [self](error_code failed, std::size_t) {
                if (failed) return self->end();
                self->pump_out();
            });
        });
    }

    void say_goodbye(boost::beast::websocket::close_code code) {
        if (is_gone_ || std::exchange(is_closing_, true)) return;
        error_code ignored;
        pair_.close(ignored);
        socket_.async_close(code, [self = this->shared_from_this()](error_code) { self->end(); });
    }

    void end() {
        if (std::exchange(is_gone_, true)) return;
        error_code ignored;
        pair_.close(ignored);
        boost::beast::get_lowest_layer(socket_).close();
        drain_timer_.cancel();
        sessions_.erase(this->shared_from_this());
    }

    boost::beast::websocket::stream<Stream> socket_;
    const WebSocketLimits& limits_;
    WebSocketSessions& sessions_;
    const OnStream& on_stream_;
    const OnStranger& on_stranger_;
    tenancy::PeerIdentity peer_;
    boost::asio::local::stream_protocol::socket pair_;
    boost::asio::steady_timer drain_timer_;
    boost::beast::flat_buffer buffer_{16U << 10U};
    std::optional<boost::beast::http::request_parser<boost::beast::http::empty_body>> parser_;
    boost::beast::http::response<boost::beast::http::string_body> answer_;
    std::array<char, 8U << 10U> incoming_{};
    std::array<char, 8U << 10U> outgoing_{};
    bool is_closing_ = false;
    bool is_gone_ = false;
};

}  // namespace muster::testbroker::net
