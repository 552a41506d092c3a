// SPDX-License-Identifier: Apache-2.0
// Accepts MQTT connections on one address.
#include "net/mqtt_listener.hpp"

#include "net/endpoint.hpp"

#include <fcntl.h>

namespace muster::testbroker::net {

namespace asio = boost::asio;
using asio::ip::tcp;

MqttListener::MqttListener(asio::io_context& io, const tcp::endpoint& endpoint, TlsContext* tls, OnSocket on_socket)
    : acceptor_(io), endpoint_(endpoint), tls_(tls), on_socket_(std::move(on_socket)) {}

Result<void> MqttListener::open() {
    if (auto listening = listen(acceptor_, endpoint_); !listening) return listening;
    endpoint_ = acceptor_.local_endpoint();
    accept();
    return {};
}

void MqttListener::close() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
}

std::string MqttListener::url() const {
    return url_of(tls_ != nullptr ? "mqtts" : "mqtt", endpoint_);
}

void MqttListener::accept() {
    acceptor_.async_accept([this](boost::system::error_code error, tcp::socket socket) {
        if (error == asio::error::operation_aborted || !acceptor_.is_open()) return;
        if (!error) {
            ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
            on_socket_(std::move(socket), tls_);
        }
        accept();
    });
}

}  // namespace muster::testbroker::net
