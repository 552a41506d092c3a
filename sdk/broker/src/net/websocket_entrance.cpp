// SPDX-License-Identifier: Apache-2.0
// MQTT over WebSocket: accepting.
#include "net/websocket_entrance.hpp"

#include "net/tcp_port.hpp"
#include "net/websocket_session.hpp"

namespace muster::testbroker::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds accept_retry{100};

template <class Stream>
class Entrance final : public WebSocketEntrance {
public:
    Entrance(asio::io_context& io, const tcp::endpoint& endpoint, TlsContext* tls, const WebSocketLimits& limits, OnStream on_stream,
             OnStranger on_stranger)
        : acceptor_(io),
          retry_timer_(io),
          port_(endpoint),
          tls_(tls),
          limits_(limits),
          on_stream_(std::move(on_stream)),
          on_stranger_(std::move(on_stranger)) {}

    void close() override {
        stop_accepting();
        for (const auto& session : WebSocketSessions(sessions_)) session->cut();
    }
    void suspend() override {
        port_.pause(acceptor_);
        close();
    }
    void drain() override {
        stop_accepting();
        for (const auto& session : WebSocketSessions(sessions_)) session->drain();
    }
    Result<void> reopen() override {
        if (auto listening = port_.open(acceptor_); !listening) return listening;
        accept();
        return {};
    }
    [[nodiscard]] const tcp::endpoint& endpoint() const { return port_.endpoint(); }

private:
    void stop_accepting() {
        error_code ignored;
        acceptor_.close(ignored);
        retry_timer_.cancel();
    }
    Stream wrap(tcp::socket socket) {
        error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        if constexpr (std::is_same_v<Stream, WsTlsStream>) {
            return Stream(WsTcpStream(std::move(socket)), tls_->context());
        } else {
            return Stream(std::move(socket));
        }
    }
    void accept() {
        acceptor_.async_accept([this](error_code error, tcp::socket socket) {
            if (error == asio::error::operation_aborted || !acceptor_.is_open()) return;
            if (error) return accept_later();
            auto session =
                std::make_shared<WebSocketSessionOn<Stream>>(wrap(std::move(socket)), limits_, sessions_, on_stream_, on_stranger_);
            sessions_.insert(session);
            session->start();
            accept();
        });
    }
    // There are no descriptors left; at once, it would be the same again.
    void accept_later() {
        retry_timer_.expires_after(accept_retry);
        retry_timer_.async_wait([this](error_code error) {
            if (!error && acceptor_.is_open()) accept();
        });
    }

    tcp::acceptor acceptor_;
    asio::steady_timer retry_timer_;
    AcceptorPort port_;
    TlsContext* tls_;
    WebSocketLimits limits_;
    OnStream on_stream_;
    OnStranger on_stranger_;
    WebSocketSessions sessions_;
};

template <class Stream>
Result<std::unique_ptr<WebSocketEntrance>> open_entrance(asio::io_context& io, tcp::endpoint& endpoint, TlsContext* tls,
                                                         const WebSocketLimits& limits, OnStream on_stream, OnStranger on_stranger) {
    auto entrance = std::make_unique<Entrance<Stream>>(io, endpoint, tls, limits, std::move(on_stream), std::move(on_stranger));
    if (auto opened = entrance->reopen(); !opened) return std::move(opened).error();
    endpoint = entrance->endpoint();
    return std::unique_ptr<WebSocketEntrance>(std::move(entrance));
}

}  // namespace

Result<std::unique_ptr<WebSocketEntrance>> open_websocket_entrance(asio::io_context& io, tcp::endpoint& endpoint, TlsContext* tls,
                                                                   const WebSocketLimits& limits, OnStream on_stream,
                                                                   OnStranger on_stranger) {
    return tls != nullptr ? open_entrance<WsTlsStream>(io, endpoint, tls, limits, std::move(on_stream), std::move(on_stranger))
                          : open_entrance<WsTcpStream>(io, endpoint, tls, limits, std::move(on_stream), std::move(on_stranger));
}

}  // namespace muster::testbroker::net
