// SPDX-License-Identifier: Apache-2.0
// What is measured: works, each played by every server in turn, round after round.
#pragma once

#include "server.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace muster::bench {

/// How large and how long; a smoke run is tiny.
struct Scale {
    std::chrono::milliseconds warm_up{1'000};
    std::chrono::milliseconds measured{3'000};
    std::uint32_t window = 1;   ///< Writes of each publisher on their way.
    std::uint32_t divisor = 1;  ///< Of the numbers of connections.

    [[nodiscard]] std::uint32_t of(std::uint32_t connections) const { return std::max(connections / divisor, 1U); }
};

/// Columns in their order.
using Metrics = std::vector<std::pair<std::string, double>>;

/// One server's part of a work.
class Play {
public:
    virtual ~Play() = default;
    virtual Metrics round() = 0;
};

/// What the issue asks of muster: its metric against the yardstick's in the same round.
struct Limit {
    std::string metric;
    ServerKind yardstick;
    double factor;
    enum class Bound : std::uint8_t { at_most, at_least } bound = Bound::at_most;
};

struct Work {
    std::string name;   ///< For `--works`.
    std::string title;  ///< For people.
    std::vector<Limit> limits;
    std::function<std::unique_ptr<Play>(ServerKind, Bench&, const Scale&)> open;
};

/// Those of the table, in its order.
[[nodiscard]] std::vector<Work> all_works();

/// Many devices send to one application as fast as its windows let them.
struct FanIn {
    std::uint32_t publishers = 1'000;
    Qos qos = Qos::at_most_once;
    std::uint32_t messages_per_write = 1;
};
[[nodiscard]] std::unique_ptr<Play> open_fan_in(const FanIn& fan_in, ServerKind kind, Bench& bench, const Scale& scale);

/// Devices that wait for a command on a topic of their own: what each costs in memory.
struct Idle {
    std::uint32_t connections = 10'000;
    Security security = Security::plain;
};
[[nodiscard]] std::unique_ptr<Play> open_idle(const Idle& idle, ServerKind kind, Bench& bench, const Scale& scale);

/// Connections that are cut and made again, with TLS and client certificates.
struct Handshakes {
    std::uint32_t connections = 500;
    fleet::TlsVersion version = fleet::TlsVersion::v13;
    bool resume = false;
};
[[nodiscard]] std::unique_ptr<Play> open_handshakes(const Handshakes& handshakes, ServerKind kind, Bench& bench, const Scale& scale);

/// All connections at once.
[[nodiscard]] std::unique_ptr<Play> open_storm(std::uint32_t connections, ServerKind kind, Bench& bench, const Scale& scale);

/// A load of devices that connect to the server; with TLS 1.3 and their certificates, if the server is for TLS.
[[nodiscard]] fleet::Plan plan_of_devices(const Server& server, const Bench& bench, std::uint32_t count);

/// Columns that limits name.
inline const std::string cpu_per_message = "CPU us/message";
inline const std::string bytes_per_connection = "bytes/connection";
inline const std::string connects_per_second = "connects/s";
inline const std::string connect_p99 = "p99 ms";
inline const std::string cpu_per_handshake = "CPU us/handshake";

}  // namespace muster::bench
