// SPDX-License-Identifier: Apache-2.0
// The load of `muster bench pub` with mosquitto's client library: QoS 1 at a fixed rate from many clients on one thread, as cheaply as the
// library allows (its own sockets under one epoll, no thread of its own). Prints what it sent and what that cost.
#include "program.hpp"

#include <mosquitto.h>
#include <sys/epoll.h>
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
constexpr auto grain = std::chrono::microseconds(100);  // As the generator has it where it is woken for what comes.
constexpr auto misc_every = std::chrono::seconds(1);

struct Counts {
    std::uint64_t connected = 0;
    std::uint64_t acknowledged = 0;
};

struct Client {
    mosquitto* handle = nullptr;
    std::string topic;
    bool watches_writing = false;
};

class Load {
public:
    Load(int port, std::size_t clients, Counts& counts) : epoll_(::epoll_create1(0)), clients_(clients) {
        for (std::size_t i = 0; i < clients; ++i) {
            Client& client = clients_[i];
            client.topic = "bench/" + std::to_string(i);
            client.handle = mosquitto_new(("mosquitto-load-" + std::to_string(i)).c_str(), true, &counts);
            mosquitto_connect_callback_set(client.handle, [](mosquitto*, void* to, int) { ++static_cast<Counts*>(to)->connected; });
            mosquitto_publish_callback_set(client.handle, [](mosquitto*, void* to, int) { ++static_cast<Counts*>(to)->acknowledged; });
            mosquitto_max_inflight_messages_set(client.handle, 1'000);
            if (mosquitto_connect(client.handle, "127.0.0.1", port, 60) != MOSQ_ERR_SUCCESS) fail("cannot connect");
            epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
            ::epoll_ctl(epoll_, EPOLL_CTL_ADD, mosquitto_socket(client.handle), &event);
        }
    }
    ~Load() {
        for (auto& client : clients_) mosquitto_destroy(client.handle);
        ::close(epoll_);
    }
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

    void publish(std::uint64_t number, const std::string& payload) {
        Client& client = clients_[number % clients_.size()];
        if (mosquitto_publish(client.handle, nullptr, client.topic.c_str(), static_cast<int>(payload.size()), payload.data(), 1, false) !=
            MOSQ_ERR_SUCCESS) {
            fail("cannot publish");
        }
        watch(number % clients_.size());
    }

    void wait(nanoseconds longest) {
        std::array<epoll_event, 512> events{};
        const timespec timeout{0, static_cast<long>(longest.count())};
        const int count = ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
        for (int i = 0; i < count; ++i) {
            const epoll_event& event = events[static_cast<std::size_t>(i)];
            mosquitto* const handle = clients_[event.data.u64].handle;
            if ((event.events & EPOLLIN) != 0 && mosquitto_loop_read(handle, 1) != MOSQ_ERR_SUCCESS) fail("lost a connection");
            if ((event.events & EPOLLOUT) != 0) mosquitto_loop_write(handle, 1);
            watch(event.data.u64);
        }
        if (const auto now = Clock::now(); now - last_misc_ > misc_every) {
            last_misc_ = now;
            for (auto& client : clients_) mosquitto_loop_misc(client.handle);
        }
    }

private:
    void watch(std::size_t number) {
        Client& client = clients_[number];
        const bool wants = mosquitto_want_write(client.handle);
        if (wants == client.watches_writing) return;
        client.watches_writing = wants;
        epoll_event event{.events = EPOLLIN | (wants ? EPOLLOUT : 0U), .data = {.u64 = number}};
        ::epoll_ctl(epoll_, EPOLL_CTL_MOD, mosquitto_socket(client.handle), &event);
    }

    int epoll_;
    std::vector<Client> clients_;
    Clock::time_point last_misc_ = Clock::now();
};

}  // namespace

// PORT CLIENTS RATE MESSAGES PAYLOAD_BYTES TURN_US; turns of 0: it is woken for what comes, as the library is made for. Else it sleeps that
// long, and handles what has come.
int main(int argc, char** argv) {
    if (argc != 7) fail("PORT CLIENTS RATE MESSAGES PAYLOAD_BYTES TURN_US");
    const std::chrono::microseconds turn(std::strtoull(argv[6], nullptr, 10));
    const auto clients = std::strtoull(argv[2], nullptr, 10);
    const double period_ns = 1e9 / std::strtod(argv[3], nullptr);
    const auto messages = std::strtoull(argv[4], nullptr, 10);
    const std::string payload(std::strtoull(argv[5], nullptr, 10), 'x');
    mosquitto_lib_init();
    Counts counts;
    {
        Load load(std::atoi(argv[1]), clients, counts);
        const auto began = Clock::now();
        while (counts.connected < clients && Clock::now() - began < patience) load.wait(std::chrono::milliseconds(10));
        const double cpu_before = cpu_seconds();
        const auto start = Clock::now();
        std::uint64_t sent = 0;
        while (counts.acknowledged < messages) {
            const auto now = Clock::now();
            if (now - start > patience + nanoseconds(static_cast<std::int64_t>(static_cast<double>(messages) * period_ns)))
                fail("too slow");
            const auto due_time = [&] { return start + nanoseconds(static_cast<std::int64_t>(static_cast<double>(sent) * period_ns)); };
            for (; sent < messages && due_time() <= now; ++sent) load.publish(sent, payload);
            std::this_thread::sleep_for(turn);
            if (turn.count() > 0) {
                load.wait(nanoseconds(0));
                continue;
            }
            load.wait(sent < messages ? std::max<nanoseconds>(due_time() - Clock::now(), grain) : std::chrono::milliseconds(10));
        }
        std::printf("{\"sent\": %llu, \"acknowledged\": %llu, \"cpu_s\": %.6f}\n", static_cast<unsigned long long>(sent),
                    static_cast<unsigned long long>(counts.acknowledged), cpu_seconds() - cpu_before);
    }
    mosquitto_lib_cleanup();
}
