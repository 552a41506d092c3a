// SPDX-License-Identifier: Apache-2.0
// The way through an HTTP proxy.
#include "transport/tunnel.hpp"

#include "base/base64.hpp"
#include "base/uri.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>
#include <utility>

namespace muster::transport {
namespace {

constexpr std::uint16_t usual_port = 8080;
constexpr std::size_t longest_answer = 16 << 10;
constexpr std::string_view end_of_answer = "\r\n\r\n";

// What is no code stays as it is.
std::string percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned byte = 0;
        if (text[i] == '%' && i + 2 < text.size() && std::from_chars(&text[i + 1], &text[i + 1] + 2, byte, 16).ptr == &text[i + 1] + 2) {
            decoded += static_cast<char>(byte);
            i += 2;
        } else {
            decoded += text[i];
        }
    }
    return decoded;
}

std::optional<Place> parse_place(std::string_view text) {
    Place place;
    place.port = usual_port;
    const bool is_bracketed = !text.empty() && text.front() == '[';
    const auto end = is_bracketed ? text.find(']') : text.find(':');
    if (is_bracketed && end == std::string_view::npos) return std::nullopt;
    place.host = text.substr(is_bracketed ? 1 : 0, end - (is_bracketed ? 1 : 0));
    if (place.host.empty()) return std::nullopt;
    std::string_view rest = end == std::string_view::npos ? std::string_view() : text.substr(end + (is_bracketed ? 1 : 0));
    if (rest.empty()) return place;
    if (rest.front() != ':') return std::nullopt;
    rest.remove_prefix(1);
    const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), place.port);
    if (read.ec != std::errc() || read.ptr != rest.data() + rest.size() || place.port == 0) return std::nullopt;
    return place;
}

std::string text_of(const Place& place) {
    const bool is_ipv6 = place.host.find(':') != std::string::npos;
    return (is_ipv6 ? "[" + place.host + "]" : place.host) + ":" + std::to_string(place.port);
}

Error refused(const Route& route, const std::string& what) {
    return {Code::unreachable, "the proxy " + text_of(route.next) + " " + what,
            "check that the proxy is there, takes the user and password, and leads to the broker"};
}

// One byte after the other: what comes behind the answer is not ours.
Result<std::string> read_answer(int socket, int stop, const Route& route) {
    std::string answer;
    while (answer.size() < longest_answer) {
        char byte = 0;
        const auto got = ::recv(socket, &byte, 1, 0);
        if (got == 0) return refused(route, "has ended the connection");
        if (got > 0) {
            answer += byte;
            const bool is_whole = answer.size() >= end_of_answer.size() &&
                                  answer.compare(answer.size() - end_of_answer.size(), end_of_answer.size(), end_of_answer) == 0;
            if (is_whole) return answer;
        } else if (errno == EAGAIN) {
            std::array<pollfd, 2> polled{{{socket, POLLIN, 0}, {stop, POLLIN, 0}}};
            ::poll(polled.data(), polled.size(), -1);
            if (polled[1].revents != 0) return Error{Code::stopped, "closed"};
        } else if (errno != EINTR) {
            return refused(route, "has reset the connection");
        }
    }
    return refused(route, "answers more than a proxy would");
}

// What a stranger says is shown without its control characters, and not for long.
std::string shown(std::string_view line) {
    constexpr std::size_t longest = 100;
    std::string text(line.substr(0, longest));
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7F') c = '?';
    }
    return text;
}

}  // namespace

Result<Route> route_through(const std::string& proxy, Place to) {
    const auto at = proxy.rfind('@');
    const std::string_view text = std::string_view(proxy).substr(at == std::string::npos ? 0 : at + 1);
    auto next = parse_place(text);
    if (!next) {
        return Error{Code::invalid_argument, "the proxy \"" + std::string(text) + "\" is not a host and a port",
                     "write it as http://host:port"};
    }
    return Route{std::move(*next), Tunnel{std::move(to), at == std::string::npos ? std::string() : percent_decoded(proxy.substr(0, at))}};
}

Result<Route> route_of(const LinkOptions& options) {
    const auto endpoint = base::parse_endpoint(options.endpoint);
    if (!endpoint) return endpoint.error();
    Place place{endpoint->host, endpoint->port};
    if (!options.proxy.empty()) return route_through(options.proxy, std::move(place));
    return Route{std::move(place), std::nullopt};
}

Result<void> open_tunnel(int socket, int stop, const Route& route) {
    const std::string target = text_of(route.tunnel->to);
    std::string request = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
    if (!route.tunnel->credentials.empty())
        request += "Proxy-Authorization: Basic " + base::encode_base64(route.tunnel->credentials) + "\r\n";
    request += "\r\n";
    // It always fits into a new connection.
    if (::send(socket, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
        return refused(route, "takes no request");
    const auto answer = read_answer(socket, stop, route);
    if (!answer) return answer.error();
    // HTTP/1.1 SP 3DIGIT SP reason (RFC 9112, section 4).
    const std::string_view line = std::string_view(*answer).substr(0, answer->find('\r'));
    const auto code = line.find(' ');
    if (line.substr(0, 5) != "HTTP/" || code == std::string_view::npos) return refused(route, "does not speak HTTP");
    if (line.substr(code + 1, 1) != "2") return refused(route, "answers " + shown(line.substr(code + 1)));
    return {};
}

}  // namespace muster::transport
