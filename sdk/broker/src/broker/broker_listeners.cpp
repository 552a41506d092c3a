// SPDX-License-Identifier: Apache-2.0
// Where MQTT clients come in: over TCP, TLS, WebSocket and UNIX sockets.
#include "broker/broker_impl.hpp"
#include "net/endpoint.hpp"
#include "net/socket.hpp"
#include "net/unix_socket.hpp"

#include <utility>

namespace muster::testbroker {
namespace {

using boost::asio::ip::tcp;

const char* scheme_of(const Listener& listener) {
    switch (listener.scheme) {
        case ListenerScheme::mqtt:
            return "mqtt";
        case ListenerScheme::mqtts:
            return "mqtts";
        case ListenerScheme::ws:
            return "ws";
        case ListenerScheme::wss:
            return "wss";
        case ListenerScheme::unix_socket:
            break;
    }
    return "unix";
}

bool is_unix(const Listener& listener) {
    return listener.scheme == ListenerScheme::unix_socket;
}

bool is_tls(const Listener& listener) {
    return listener.scheme == ListenerScheme::mqtts || listener.scheme == ListenerScheme::wss;
}

bool is_websocket(const Listener& listener) {
    return listener.scheme == ListenerScheme::ws || listener.scheme == ListenerScheme::wss;
}

// As it was asked for, to name it in errors.
std::string url_of(const Listener& listener) {
    if (is_unix(listener)) return "unix:" + listener.path.string();
    const bool is_v6 = listener.address.find(':') != std::string::npos;
    const std::string host = is_v6 ? "[" + listener.address + "]" : listener.address;
    return std::string(scheme_of(listener)) + "://" + host + ":" + std::to_string(listener.port);
}

std::vector<Listener> listeners_of(const BrokerConfig& config) {
    std::vector<Listener> listeners;
    const auto add = [&](ListenerScheme scheme, std::optional<std::uint16_t> port) {
        if (port) listeners.push_back({scheme, config.address, *port, {}, ClientCertificates::optional});
    };
    add(ListenerScheme::mqtts, config.mqtts_port);
    add(ListenerScheme::mqtt, config.mqtt_port);
    add(ListenerScheme::ws, config.ws_port);
    add(ListenerScheme::wss, config.wss_port);
    for (auto listener : config.listeners) {
        if (is_unix(listener) && !listener.path.empty()) listener.path = std::filesystem::absolute(listener.path);
        listeners.push_back(std::move(listener));
    }
    return listeners;
}

Result<void> check(const Listener& listener, bool allow_public) {
    if (listener.client_certificates == ClientCertificates::required && !is_tls(listener))
        return Error{Code::invalid_argument, "only mqtts:// and wss:// can ask for client certificates"};
    if (is_unix(listener)) return net::check_socket_path(listener.path);
    if (const auto address = net::parse_address(listener.address, allow_public); !address) return address.error();
    return {};
}

}  // namespace

Result<void> Broker::Impl::check_listeners() {
    if (const auto address = net::parse_address(config_.address, config_.allow_public); !address) return address.error();
    listeners_ = listeners_of(config_);
    for (const auto& listener : listeners_) {
        if (auto checked = check(listener, config_.allow_public); !checked) return std::move(checked).error().in(url_of(listener));
    }
    return {};
}

std::vector<std::string> Broker::Impl::listening_addresses() const {
    std::vector<std::string> addresses{config_.address};
    for (const auto& listener : listeners_) {
        if (!is_unix(listener)) addresses.push_back(listener.address);
    }
    return addresses;
}

Result<std::string> Broker::Impl::open_websocket(const Listener& listener, net::TlsContext* tls) {
    const auto address = net::parse_address(listener.address, config_.allow_public);
    if (!address) return address.error();
    tcp::endpoint endpoint(*address, listener.port);
    net::WebSocketLimits limits;
    limits.handshake_deadline = config_.handshake_deadline;
    limits.max_message += config_.max_packet_size;  // One message may hold the largest packet.
    auto entrance = net::open_websocket_entrance(
        io_, endpoint, tls, limits,
        [this](int fd, tenancy::PeerIdentity peer, std::string remote) {
            network_->add_stream(net::Socket(fd), std::move(peer), std::move(remote));
        },
        stranger_at(scheme_of(listener)));
    if (!entrance) return std::move(entrance).error();
    websockets_.push_back(std::move(*entrance));
    return net::url_of(scheme_of(listener), endpoint) + "/mqtt";
}

Result<std::string> Broker::Impl::open_listener(const Listener& listener) {
    net::TlsContext* tls = is_tls(listener) ? mqtt_tls_.at(listener.client_certificates).get() : nullptr;
    if (is_websocket(listener)) return open_websocket(listener, tls);
    net::ListeningAddress place = listener.path;
    if (!is_unix(listener)) {
        const auto address = net::parse_address(listener.address, config_.allow_public);
        if (!address) return address.error();
        place = tcp::endpoint(*address, listener.port);
    }
    if (auto opened = network_->listen(place, tls); !opened) return std::move(opened).error();
    return is_unix(listener) ? url_of(listener) : net::url_of(scheme_of(listener), std::get<tcp::endpoint>(place));
}

Result<void> Broker::Impl::open_listeners() {
    for (const auto& listener : listeners_) {
        auto url = open_listener(listener);
        if (!url) return std::move(url).error().in(url_of(listener));
        if (std::string* first = first_url(listener.scheme); first != nullptr && first->empty()) *first = *url;
        addresses_.listeners.push_back(std::move(*url));
    }
    return {};
}

std::vector<admin::ListenerInfo> Broker::Impl::listeners() const {
    std::vector<admin::ListenerInfo> listeners;
    for (std::size_t i = 0; i < addresses_.listeners.size(); ++i)
        listeners.push_back({addresses_.listeners[i], listeners_[i].scheme, listeners_[i].client_certificates});
    return listeners;
}

std::string* Broker::Impl::first_url(ListenerScheme scheme) {
    switch (scheme) {
        case ListenerScheme::mqtt:
            return &addresses_.mqtt_url;
        case ListenerScheme::mqtts:
            return &addresses_.mqtts_url;
        case ListenerScheme::ws:
            return &addresses_.ws_url;
        case ListenerScheme::wss:
            return &addresses_.wss_url;
        case ListenerScheme::unix_socket:
            break;
    }
    return nullptr;
}

}  // namespace muster::testbroker
