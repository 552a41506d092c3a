// SPDX-License-Identifier: Apache-2.0
// Accepts MQTT connections on one address, with or without TLS.
#pragma once

#include "net/tls.hpp"

#include <muster/result.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <string>

namespace muster::testbroker::net {

/// Threads: the io thread's, but for the first `open`, before it runs.
class MqttListener {
public:
    using OnSocket = std::function<void(boost::asio::ip::tcp::socket socket, TlsContext* tls)>;

    /// `tls` none: plain. A port of 0 becomes, and stays, the one that the system chose.
    MqttListener(boost::asio::io_context& io, const boost::asio::ip::tcp::endpoint& endpoint, TlsContext* tls, OnSocket on_socket);
    Result<void> open();
    void close();
    [[nodiscard]] std::string url() const;

private:
    void accept();

    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::ip::tcp::endpoint endpoint_;
    TlsContext* tls_;
    OnSocket on_socket_;
};

}  // namespace muster::testbroker::net
