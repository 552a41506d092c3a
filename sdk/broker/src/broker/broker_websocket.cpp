// SPDX-License-Identifier: Apache-2.0
// The entrances for MQTT over WebSocket.
#include "broker/broker_impl.hpp"
#include "net/endpoint.hpp"
#include "net/socket.hpp"

#include <utility>

namespace muster::testbroker {

using boost::asio::ip::tcp;

Result<std::string> Broker::Impl::open_websocket(std::uint16_t port, net::TlsContext* tls) {
    const auto address = net::parse_address(config_.address, config_.allow_public);
    if (!address) return address.error();
    tcp::endpoint endpoint(*address, port);
    net::WebSocketLimits limits;
    limits.max_message += config_.max_packet_size;  // One message may hold the largest packet.
    auto entrance = net::open_websocket_entrance(
        io_, endpoint, tls, limits, [this](int fd, tenancy::PeerIdentity peer) { network_->add_stream(net::Socket(fd), std::move(peer)); });
    if (!entrance) return std::move(entrance).error();
    websockets_.push_back(std::move(*entrance));
    return net::url_of(tls != nullptr ? "wss" : "ws", endpoint) + "/mqtt";
}

Result<void> Broker::Impl::open_websockets() {
    if (config_.ws_port) {
        auto url = open_websocket(*config_.ws_port, nullptr);
        if (!url) return std::move(url).error();
        addresses_.ws_url = std::move(*url);
    }
    if (config_.wss_port) {
        auto url = open_websocket(*config_.wss_port, mqtt_tls_.get());
        if (!url) return std::move(url).error();
        addresses_.wss_url = std::move(*url);
    }
    return {};
}

}  // namespace muster::testbroker
