// SPDX-License-Identifier: Apache-2.0
// The network of simulated devices: a proxy that each of them reaches its broker through, and that can be taken away from each.
#pragma once

#include "simulate/gateway_line.hpp"

#include <muster/result.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace muster::fleet {

/// How a device's network is. Outages may overlap; the last one to end gives it back.
enum class Reach : std::uint8_t { open, reset, silent };

/// Each device has a port of its own. TLS goes through from end to end.
/// Threads: all functions any; it has one of its own.
class Gateway {
public:
    /// Listens on loopback; `beyond` is the proxy between it and the broker, without a URL: none. Fails with Code::io.
    static Result<std::unique_ptr<Gateway>> start(std::uint32_t devices, MqttProxy beyond);
    ~Gateway();
    Gateway(const Gateway&) = delete;
    Gateway& operator=(const Gateway&) = delete;

    [[nodiscard]] const std::string& url(std::uint32_t device) const { return urls_[device]; }
    /// Takes the network away, once for each call: `reset` ends connections and lets none in, `silent` passes nothing on.
    void cut(const std::vector<std::uint32_t>& devices, bool is_silent);
    /// Undoes one such cut each.
    void restore(const std::vector<std::uint32_t>& devices, bool is_silent);
    /// Undoes all cuts.
    void restore_all();

private:
    struct Watched {
        std::unique_ptr<GatewayLine> line;
        std::uint32_t client_events = 0;
        std::uint32_t server_events = 0;
    };
    struct Cuts {
        std::uint32_t resets = 0;
        std::uint32_t silences = 0;
        bool is_struck = false;  ///< Connections that stand are to be reset, even if the network is back already.
    };

    Gateway(std::uint32_t devices, MqttProxy beyond);
    Result<void> listen();
    void run();
    void accept_all(std::uint32_t device);
    void handle(std::uint64_t id);
    void apply_cuts();
    void look_at(std::uint64_t id, Watched& watched);
    void watch(int fd, std::uint64_t id, std::uint32_t& had, std::uint32_t wanted) const;
    [[nodiscard]] Reach reach_of(std::uint32_t device);
    void wake() const;

    const MqttProxy beyond_;
    const int epoll_;
    const int wake_;
    std::vector<int> listeners_;  // By device.
    std::vector<std::string> urls_;
    std::mutex mutex_;
    std::vector<Cuts> cuts_;  // Under `mutex_`, by device.
    std::atomic<bool> is_over_{false};
    std::uint64_t next_id_;
    std::unordered_map<std::uint64_t, Watched> lines_;
    std::thread thread_;
};

}  // namespace muster::fleet
