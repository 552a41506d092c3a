// SPDX-License-Identifier: Apache-2.0
// A proxy's door on loopback, for one guest who knows the secret.
#include "transport/door.hpp"

#include "base/base64.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace muster::transport {
namespace {

constexpr std::string_view user = "muster";
constexpr std::string_view tunnel_is_open = "HTTP/1.1 200 Connection established\r\n\r\n";
constexpr std::string_view end_of_request = "\r\n\r\n";
constexpr std::size_t longest_request = 4'096;
constexpr std::size_t most_strangers = 8;
// So that a server that does not take what it is sent is felt at the client, too, and not only when megabytes wait here.
constexpr int receive_buffer = 64 << 10;

// In the same time wherever they differ.
bool is_same(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    unsigned difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned>(a[i] ^ b[i]);
    return difference == 0;
}

/// Somebody who has come in, and has not shown the secret yet.
struct Caller {
    base::Descriptor socket;
    std::string said;
};
enum class Verdict : std::uint8_t { wait, shut_out, let_in };

Verdict judge(Caller& caller, std::string_view secret) {
    std::array<char, longest_request> buffer{};
    const auto got = ::recv(caller.socket.get(), buffer.data(), buffer.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Verdict::wait;
    if (got <= 0) return Verdict::shut_out;
    caller.said.append(buffer.data(), static_cast<std::size_t>(got));
    const auto end = caller.said.find(end_of_request);
    if (end == std::string::npos) return caller.said.size() < longest_request ? Verdict::wait : Verdict::shut_out;

    constexpr std::string_view field = "Proxy-authorization: Basic ";
    const std::string request = caller.said.substr(0, end + 2);
    const auto begin = request.find(field);
    if (begin == std::string::npos) return Verdict::shut_out;
    const auto value = begin + field.size();
    const std::string_view shown = std::string_view(request).substr(value, request.find("\r\n", value) - value);
    if (!is_same(shown, base::encode_base64(std::string(user) + ":" + std::string(secret)))) return Verdict::shut_out;
    caller.said.erase(0, end + end_of_request.size());
    return Verdict::let_in;
}

}  // namespace

Door::Door(std::string secret) : secret_(std::move(secret)) {
    base::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return;
    if (::listen(socket.get(), most_strangers) == 0) listener_ = std::move(socket);
}

std::string Door::url() const {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    return std::string(user) + ":" + secret_ + "@127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

std::optional<Door::Guest> Door::let_in(int stop) {
    std::vector<Caller> callers;
    for (;;) {
        std::vector<pollfd> polled{{stop, POLLIN, 0}, {listener_.get(), POLLIN, 0}};
        for (const auto& caller : callers) polled.push_back({caller.socket.get(), POLLIN, 0});
        if (::poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) return std::nullopt;
        if (polled[0].revents != 0) return std::nullopt;
        for (std::size_t i = callers.size(); i-- > 0;) {
            if (polled[i + 2].revents == 0) continue;
            const Verdict verdict = judge(callers[i], secret_);
            if (verdict == Verdict::let_in) {
                listener_.reset();
                return Guest{std::move(callers[i].socket), std::move(callers[i].said)};
            }
            if (verdict == Verdict::shut_out) callers.erase(callers.begin() + static_cast<std::ptrdiff_t>(i));
        }
        if (polled[1].revents == 0) continue;
        base::Descriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!socket.is_open()) continue;
        constexpr int on = 1;
        ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        ::send(socket.get(), tunnel_is_open.data(), tunnel_is_open.size(), MSG_NOSIGNAL);
        if (callers.size() >= most_strangers) callers.erase(callers.begin());
        callers.push_back({std::move(socket), {}});
    }
}

}  // namespace muster::transport
