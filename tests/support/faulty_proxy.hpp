// SPDX-License-Identifier: Apache-2.0
// The network between a client and a broker, as bad as a test wants it: a TCP proxy.
#pragma once

#include "support/loopback.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace muster::test {

/// What happens to a direction once `pass` bytes of it went through.
enum class Strike : std::uint8_t {
    nothing,
    reset,         ///< Both ends get a RST.
    cut,           ///< Both ends get a FIN.
    swallow,       ///< What comes is read and thrown away: a black hole that the sender takes for a network.
    stop_reading,  ///< Nothing is read any more: the sender's writes stall.
};

/// One direction of one connection.
struct Wire {
    static constexpr std::uint64_t all = std::numeric_limits<std::uint64_t>::max();
    Strike strike = Strike::nothing;
    std::uint64_t pass = 0;              ///< Bytes before the strike.
    std::uint64_t bytes_per_second = 0;  ///< 0: no limit.
    std::chrono::milliseconds delay{0};  ///< Of every byte.
};

struct Wires {
    Wire to_broker;
    Wire to_client;
};

/// Both directions struck alike.
[[nodiscard]] inline Wires both_ways(const Wire& wire) {
    return {wire, wire};
}

struct ProxyCounts {
    std::size_t connections = 0;
    std::size_t strikes = 0;  ///< Directions that were struck; those of `swallow` and `stop_reading` when there was something to strike.
    std::uint64_t to_broker = 0;  ///< Bytes that arrived.
    std::uint64_t to_client = 0;
    std::uint64_t swallowed = 0;
};

/// Listens on 127.0.0.1 and connects to 127.0.0.1:`broker_port` for each client.
/// Threads: every member from any; one of its own does the work.
class FaultyProxy {
public:
    /// The wires of the nth connection, from 0; called on the proxy's thread.
    using Plan = std::function<Wires(std::size_t)>;

    explicit FaultyProxy(std::uint16_t broker_port, Plan plan = {});
    ~FaultyProxy();
    FaultyProxy(const FaultyProxy&) = delete;
    FaultyProxy& operator=(const FaultyProxy&) = delete;

    [[nodiscard]] std::uint16_t port() const { return listener_.port(); }
    [[nodiscard]] std::string url(const std::string& scheme = "mqtt", const std::string& host = "127.0.0.1") const {
        return scheme + "://" + host + ":" + std::to_string(port());
    }
    /// For connections from now on.
    void set_plan(Plan plan);
    /// Gives these wires to the connections that are open; their bytes count from now.
    void strike(const Wires& wires);
    [[nodiscard]] ProxyCounts counts() const;
    /// Waits until `is_true` of the counts; false after 20 s.
    [[nodiscard]] bool wait(const std::function<bool(const ProxyCounts&)>& is_true);

private:
    class Connection;
    void run();
    void wake() const;
    void accept_one();
    [[nodiscard]] bool take_orders();

    std::uint16_t broker_port_;
    LoopbackListener listener_;
    int wake_;  // An eventfd.
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    Plan plan_;
    std::vector<Wires> orders_;
    ProxyCounts counts_;
    bool stopping_ = false;
    std::vector<std::unique_ptr<Connection>> connections_;  // The thread's own.
    std::thread thread_;
};

}  // namespace muster::test
