// SPDX-License-Identifier: Apache-2.0
// The least that the load of `muster bench pub` can cost: the same packets at the same times over the same sockets, each a send of bytes
// that are ready, the acknowledgements counted and not looked at, and no client in between. Prints what it sent and what that cost.
#include "program.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace {

using muster::bench::cpu_seconds;
using muster::bench::fail;

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

constexpr auto patience = std::chrono::seconds(30);
constexpr std::size_t acknowledgement_bytes = 4;
constexpr std::size_t packet_ids = 65'535;

std::string length_of(std::size_t bytes) {
    std::string text;
    for (; bytes >= 128; bytes /= 128) text += static_cast<char>(bytes % 128 + 128);
    return text + static_cast<char>(bytes);
}

std::string text_of(const std::string& text) {
    return std::string{static_cast<char>(text.size() / 256), static_cast<char>(text.size() % 256)} + text;
}

struct Client {
    int socket = -1;
    std::string publish;  // MQTT 3.1.1, QoS 1.
    std::size_t packet_id_at = 0;
    std::uint64_t sent = 0;
};

Client connect_client(int port, std::size_t number, std::size_t payload_bytes) {
    Client client;
    client.socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    ::setsockopt(client.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(client.socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("cannot connect");
    const std::string body = text_of("MQTT") + std::string("\x04\x02\x00\x3c", 4) + text_of("bare-load-" + std::to_string(number));
    const std::string greeting = "\x10" + length_of(body.size()) + body;
    std::array<char, acknowledgement_bytes> answer{};
    const bool is_greeted = ::send(client.socket, greeting.data(), greeting.size(), 0) == static_cast<ssize_t>(greeting.size()) &&
                            ::recv(client.socket, answer.data(), answer.size(), MSG_WAITALL) == static_cast<ssize_t>(answer.size());
    if (!is_greeted || answer[3] != 0) fail("the broker does not let us in");
    const std::string topic = text_of("bench/" + std::to_string(number));
    const std::string length = length_of(topic.size() + 2 + payload_bytes);
    client.publish = "\x32" + length + topic + std::string(2, '\0') + std::string(payload_bytes, 'x');
    client.packet_id_at = 1 + length.size() + topic.size();
    return client;
}

class Load {
public:
    Load(int port, std::size_t clients, std::size_t payload_bytes) : epoll_(::epoll_create1(0)) {
        for (std::size_t i = 0; i < clients; ++i) {
            clients_.push_back(connect_client(port, i, payload_bytes));
            epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
            ::epoll_ctl(epoll_, EPOLL_CTL_ADD, clients_[i].socket, &event);
        }
    }
    ~Load() {
        for (const auto& client : clients_) ::close(client.socket);
        ::close(epoll_);
    }
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

    void publish(std::uint64_t number) {
        Client& client = clients_[number % clients_.size()];
        const std::size_t packet_id = client.sent++ % packet_ids + 1;
        client.publish[client.packet_id_at] = static_cast<char>(packet_id / 256);
        client.publish[client.packet_id_at + 1] = static_cast<char>(packet_id % 256);
        if (::send(client.socket, client.publish.data(), client.publish.size(), 0) != static_cast<ssize_t>(client.publish.size()))
            fail("cannot publish");
    }

    /// How many acknowledgements came.
    std::uint64_t read_all() {
        std::array<epoll_event, 512> events{};
        const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 0);
        std::size_t bytes = 0;
        for (int i = 0; i < count; ++i) {
            const auto got = ::recv(clients_[events[static_cast<std::size_t>(i)].data.u64].socket, scratch_.data(), scratch_.size(), 0);
            if (got <= 0) fail("lost a connection");
            bytes += static_cast<std::size_t>(got);
        }
        received_ += bytes;
        return received_ / acknowledgement_bytes;
    }

private:
    int epoll_;
    std::vector<Client> clients_;
    std::array<char, 65'536> scratch_{};
    std::uint64_t received_ = 0;
};

}  // namespace

// PORT CLIENTS RATE MESSAGES PAYLOAD_BYTES TURN_US
int main(int argc, char** argv) {
    if (argc != 7) fail("PORT CLIENTS RATE MESSAGES PAYLOAD_BYTES TURN_US");
    const double period_ns = 1e9 / std::strtod(argv[3], nullptr);
    const auto messages = std::strtoull(argv[4], nullptr, 10);
    const std::chrono::microseconds turn(std::strtoull(argv[6], nullptr, 10));
    Load load(std::atoi(argv[1]), std::strtoull(argv[2], nullptr, 10), std::strtoull(argv[5], nullptr, 10));
    const double cpu_before = cpu_seconds();
    const auto start = Clock::now();
    std::uint64_t sent = 0;
    std::uint64_t acknowledged = 0;
    while (acknowledged < messages) {
        const auto now = Clock::now();
        if (now - start > patience + nanoseconds(static_cast<std::int64_t>(static_cast<double>(messages) * period_ns))) fail("too slow");
        const auto due_time = [&] { return start + nanoseconds(static_cast<std::int64_t>(static_cast<double>(sent) * period_ns)); };
        for (; sent < messages && due_time() <= now; ++sent) load.publish(sent);
        std::this_thread::sleep_for(turn);
        acknowledged = load.read_all();
    }
    std::printf("{\"sent\": %llu, \"acknowledged\": %llu, \"cpu_s\": %.6f}\n", static_cast<unsigned long long>(sent),
                static_cast<unsigned long long>(acknowledged), cpu_seconds() - cpu_before);
}
