// SPDX-License-Identifier: Apache-2.0
// A tunnel's request, and what goes through it.
#include "simulate/gateway_line.hpp"

#include "client/http_tunnel.hpp"
#include "load/resolve.hpp"

#include <sys/epoll.h>

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

namespace muster::fleet {
namespace {

constexpr std::size_t most_request_bytes = 8'192;
constexpr std::size_t most_way_bytes = 64U << 10U;
constexpr std::string_view end_of_request = "\r\n\r\n";
constexpr std::string_view refused = "HTTP/1.1 503 Service Unavailable\r\n\r\n";
constexpr std::string_view granted = "HTTP/1.1 200 Connection established\r\n\r\n";

Error refuse(const char* what) {
    return {Code::invalid_argument, what};
}

template <class Number>
bool read_number(std::string_view text, Number& number) {
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    return failure == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<std::optional<TunnelRequest>> read_request(std::string_view bytes) {
    constexpr std::string_view method = "CONNECT ";
    const auto end = bytes.find(end_of_request);
    if (end == std::string_view::npos) {
        if (bytes.size() > most_request_bytes) return refuse("a request for a tunnel is too long");
        return std::optional<TunnelRequest>();
    }
    const auto request = bytes.substr(0, end + 2);
    if (request.compare(0, method.size(), method) != 0) return refuse("a request is not for a tunnel");
    const auto target = request.substr(method.size(), request.find_first_of(" \r", method.size()) - method.size());
    const auto colon = target.rfind(':');
    TunnelRequest asked;
    if (colon == std::string_view::npos || !read_number(target.substr(colon + 1), asked.port)) return refuse("a tunnel leads to no port");
    asked.host = target.substr(0, colon);
    if (asked.host.size() > 1 && asked.host.front() == '[') asked.host = asked.host.substr(1, asked.host.size() - 2);
    asked.bytes = end + end_of_request.size();
    return std::optional<TunnelRequest>(std::move(asked));
}

GatewayLine::GatewayLine(Stream client, std::uint32_t device, bool is_let_in, const MqttProxy& beyond)
    : device_(device), is_refused_(!is_let_in), beyond_(beyond), client_(std::move(client)) {
    static_cast<void>(client_.write(is_let_in ? granted : refused));
}

void GatewayLine::close() {
    client_.close();
    server_.close();
    state_ = State::closed;
}

// Whether the connection is still of use.
bool GatewayLine::pass(Stream& from, Stream& to, Way& way) {
    std::array<char, 16U << 10U> bytes{};
    while (from.is_open() && !way.is_at_end && way.bytes.size() < most_way_bytes) {
        const Transfer got = from.read(bytes.data(), bytes.size());
        way.is_at_end = got.is_closed;
        if (got.bytes == 0) break;
        way.bytes.append(bytes.data(), got.bytes);
    }
    if (!to.is_open()) return true;
    while (!way.bytes.empty()) {
        const Transfer written = to.write(way.bytes);
        if (written.is_closed) return false;
        if (written.bytes == 0) return true;
        way.bytes.erase(0, written.bytes);
    }
    if (way.is_at_end && !way.is_shut_down) {
        way.is_shut_down = true;
        ::shutdown(to.fd(), SHUT_WR);
    }
    return true;
}

void GatewayLine::ask() {
    Stream nobody;
    if (!pass(client_, nobody, up_)) return close();
    const auto request = read_request(up_.bytes);
    if (!request || (!*request && up_.is_at_end)) return close();
    if (!*request) return;
    request_ = **request;
    if (is_refused_) return close();
    state_ = State::asked;
}

void GatewayLine::admit() {
    up_.bytes.erase(0, request_->bytes);
    const auto place = beyond_.url.empty() ? Result<ProxyPlace>(ProxyPlace{request_->host, request_->port}) : parse_proxy(beyond_.url);
    const auto address = place ? resolve(place->host, place->port) : Result<SocketAddress>(place.error());
    if (!address) return close();
    auto server = Stream::connect(*address, 0);
    if (!server) return close();
    server_ = std::move(*server);
    state_ = State::dialling;
}

// The first bytes of a connection: they fit.
void GatewayLine::ask_beyond() {
    const std::string request = ask_for_tunnel(beyond_, base::Endpoint{"mqtt", request_->host, request_->port}, {});
    const Transfer written = server_.write(request);
    if (written.bytes == 0 && !written.is_closed) return;  // The connection does not stand yet.
    if (written.bytes != request.size()) return close();
    state_ = State::tunnelling;
}

void GatewayLine::hear_from_beyond() {
    Stream nobody;
    static_cast<void>(pass(server_, nobody, down_));
    const auto answer = take_tunnel_answer(down_.bytes, {});
    if (!answer || (!*answer && down_.is_at_end)) return close();
    if (!*answer) return;
    if (!(*answer)->is_open()) return close();
    state_ = State::passing;
}

void GatewayLine::go_on() {
    if (state_ == State::asking) ask();
    if (is_frozen_ || state_ == State::closed || state_ <= State::asked) return;
    if (state_ == State::dialling) {
        if (server_.connect_failure()) return close();
        if (beyond_.url.empty()) {
            state_ = State::passing;
        } else {
            ask_beyond();
        }
    }
    if (state_ == State::tunnelling) hear_from_beyond();
    if (state_ != State::passing) return;
    if (!pass(client_, server_, up_) || !pass(server_, client_, down_)) return close();
    if (up_.is_shut_down && down_.is_shut_down) close();
}

std::uint32_t GatewayLine::client_events() const {
    // What it says before the tunnel stands can wait; to be told of it again and again would keep the loop busy.
    const bool waits_for_beyond = !beyond_.url.empty() && (state_ == State::dialling || state_ == State::tunnelling);
    if (is_frozen_ || waits_for_beyond) return 0;
    const bool reads = !up_.is_at_end && up_.bytes.size() < most_way_bytes;
    return (reads ? EPOLLIN : 0U) | (down_.bytes.empty() || state_ != State::passing ? 0U : EPOLLOUT);
}

std::uint32_t GatewayLine::server_events() const {
    if (is_frozen_) return 0;
    if (state_ == State::dialling) return EPOLLOUT;
    const bool reads = !down_.is_at_end && down_.bytes.size() < most_way_bytes;
    return (reads ? EPOLLIN : 0U) | (up_.bytes.empty() ? 0U : EPOLLOUT);
}

}  // namespace muster::fleet
