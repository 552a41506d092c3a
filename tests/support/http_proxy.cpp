// SPDX-License-Identifier: Apache-2.0
// An HTTP proxy that knows CONNECT and nothing else.
#include "support/http_proxy.hpp"

#include <poll.h>

#include <array>
#include <utility>

namespace muster::test {
namespace {

// Reads until the empty line that ends a header.
std::string read_header(int client) {
    std::string header;
    char byte = 0;
    while (header.find("\r\n\r\n") == std::string::npos && ::recv(client, &byte, 1, 0) == 1) header += byte;
    return header;
}

int dial(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
    ::close(fd);
    return -1;
}

// False at the end of either side.
bool pass_on(int from, int to) {
    std::array<char, 4096> buffer{};
    const auto got = ::recv(from, buffer.data(), buffer.size(), 0);
    return got > 0 && ::send(to, buffer.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL) == got;
}

void pass_on_both_ways(int one, int other) {
    std::array<pollfd, 2> ends{{{one, POLLIN, 0}, {other, POLLIN, 0}}};
    while (::poll(ends.data(), ends.size(), -1) > 0) {
        if (ends[0].revents != 0 && !pass_on(one, other)) return;
        if (ends[1].revents != 0 && !pass_on(other, one)) return;
    }
}

}  // namespace

HttpProxy::HttpProxy(std::string refusal) : refusal_(std::move(refusal)), thread_([this] { run(); }) {}

HttpProxy::~HttpProxy() {
    ::shutdown(listener_.fd(), SHUT_RDWR);
    client_.with([](int& fd) {
        if (fd >= 0) ::shutdown(fd, SHUT_RDWR);
    });
    thread_.join();
}

std::vector<std::string> HttpProxy::requests() const {
    return requests_.with([](const auto& all) { return all; });
}

void HttpProxy::run() {
    while (true) {
        const int client = ::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) return;
        client_.with([&](int& fd) { fd = client; });
        serve(client);
        client_.with([](int& fd) { fd = -1; });
        ::close(client);
    }
}

void HttpProxy::serve(int client) {
    const std::string header = read_header(client);
    requests_.with([&](auto& all) { all.push_back(header); });
    const auto colon = header.find(':');
    if (colon == std::string::npos) return;
    const std::string reply = refusal_.empty() ? "HTTP/1.1 200 OK\r\n\r\n" : refusal_;
    if (::send(client, reply.data(), reply.size(), MSG_NOSIGNAL) < 0 || !refusal_.empty()) return;
    const int server = dial(static_cast<std::uint16_t>(std::stoi(header.substr(colon + 1))));
    if (server < 0) return;
    pass_on_both_ways(client, server);
    ::close(server);
}

}  // namespace muster::test
