// SPDX-License-Identifier: Apache-2.0
// Paho's threads, kept alive, and woken while somebody connects.
#include "transport/paho_keeper.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace muster::transport {
namespace {

using Clock = std::chrono::steady_clock;

// Paho's way to ourselves leads through a proxy, ourselves again, because it would obey one that the environment names otherwise.
constexpr std::string_view tunnel_is_open = "HTTP/1.1 200 Connection established\r\n\r\n";
constexpr std::string_view protocol_name = "MQTT";  // In a CONNECT (MQTT 3.1.1, section 3.1.2.1).
// An accepting CONNACK of MQTT 3.1.1 (section 3.2), and a PINGRESP (section 3.13), of which Paho takes any number.
constexpr std::string_view connack("\x20\x02\x00\x00", 4);
constexpr std::string_view pingresp("\xD0\x00", 2);

// A connection whose round trips take long is looked at less often: whenever half as much time again has passed.
constexpr std::chrono::milliseconds shortest_pause{5};
constexpr std::chrono::milliseconds longest_pause{250};

void say(int fd, std::string_view packet) {
    // What does not fit is not needed: then there is enough to wake it.
    static_cast<void>(::send(fd, packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
}

}  // namespace

std::shared_ptr<PahoKeeper> PahoKeeper::shared() {
    static std::mutex one_at_a_time;
    static std::weak_ptr<PahoKeeper> known;
    const std::lock_guard lock(one_at_a_time);
    auto keeper = known.lock();
    if (keeper) return keeper;
    keeper.reset(new PahoKeeper, [](PahoKeeper* last) {
        const std::lock_guard lock_for_end(one_at_a_time);
        delete last;
    });
    known = keeper;
    return keeper;
}

PahoKeeper::PahoKeeper() {
    listen();
    if (!listener_.is_open()) {
        client_ = std::make_unique<mqtt::async_client>("tcp://localhost", "");
        return;
    }
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    const std::string door = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    client_ = std::make_unique<mqtt::async_client>("tcp://" + door, "");
    mqtt::connect_options options;
    options.set_mqtt_version(MQTTVERSION_3_1_1);
    options.set_keep_alive_interval(0);
    options.set_automatic_reconnect(false);
    options.set_http_proxy(door);
    client_->connect(options);
    last_begin_ = Clock::now();
    thread_ = std::thread([this] { run(); });
}

// Our end goes first: Paho finds that at once, and not when its poll is over.
PahoKeeper::~PahoKeeper() {
    {
        const std::lock_guard lock(mutex_);
        is_ending_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
    peer_.reset();
    listener_.reset();
    client_.reset();
}

// Who else comes to this door before Paho does finds nobody: all that is ever said there is a greeting and `pingresp`.
void PahoKeeper::listen() {
    base::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return;
    if (::listen(socket.get(), 1) == 0) listener_ = std::move(socket);
}

void PahoKeeper::wake() {
    if (!peer_.is_open()) {
        peer_.reset(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!peer_.is_open()) return;
        listener_.reset();
        say(peer_.get(), tunnel_is_open);
    }
    if (is_greeted_) return say(peer_.get(), pingresp);
    std::array<char, 512> heard{};
    const auto size = ::recv(peer_.get(), heard.data(), heard.size(), 0);
    if (size <= 0 || std::string_view(heard.data(), static_cast<std::size_t>(size)).find(protocol_name) == std::string_view::npos) return;
    is_greeted_ = true;
    say(peer_.get(), connack);
}

void PahoKeeper::run() {
    std::unique_lock lock(mutex_);
    while (!is_ending_) {
        if (attempts_ == 0 && is_greeted_) {
            changed_.wait(lock);
            continue;
        }
        wake();
        const auto half = std::chrono::duration_cast<std::chrono::milliseconds>((Clock::now() - last_begin_) / 2);
        changed_.wait_for(lock, std::clamp(half, shortest_pause, longest_pause));
    }
}

void PahoKeeper::Attempt::begin() {
    {
        const std::lock_guard lock(keeper_->mutex_);
        if (std::exchange(is_under_way_, true)) return;
        ++keeper_->attempts_;
        keeper_->last_begin_ = Clock::now();
    }
    keeper_->changed_.notify_all();
}

void PahoKeeper::Attempt::over() {
    const std::lock_guard lock(keeper_->mutex_);
    if (std::exchange(is_under_way_, false)) --keeper_->attempts_;
}

}  // namespace muster::transport
