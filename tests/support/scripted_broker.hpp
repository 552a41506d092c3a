// SPDX-License-Identifier: Apache-2.0
// A broker that says what the test wants, in bytes.
#pragma once

#include "base/guarded.hpp"
#include "support/loopback.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace muster::test {

/// Types of MQTT control packets (MQTT 5.0, section 2.1.2).
enum class Packet : std::uint8_t {
    connect = 1,
    publish = 3,
    puback = 4,
    pubrec = 5,
    pubcomp = 7,
    subscribe = 8,
    ping = 12,
    disconnect = 14,
};

/// Answers the nth packet of a type (the last answer goes on for ever) on one connection after another; says nothing to the others.
/// Within an answer the bytes `II` stand for the packet identifier of the request. Subscriptions are granted unless refused by filter.
/// Threads: `received` from any.
class ScriptedBroker {
public:
    using Script = std::map<Packet, std::vector<std::string>>;
    static constexpr const char* hang_up = "hang up";  ///< As an answer: the connection is closed instead.
    using Refused = std::map<std::string, char>;       ///< Reason codes by filter.
    explicit ScriptedBroker(Script script, Refused refused = {});
    ~ScriptedBroker();
    ScriptedBroker(const ScriptedBroker&) = delete;
    ScriptedBroker& operator=(const ScriptedBroker&) = delete;

    [[nodiscard]] std::string url() const { return "mqtt://127.0.0.1:" + std::to_string(listener_.port()); }
    /// Whole packets, fixed headers included.
    [[nodiscard]] std::vector<std::string> received(Packet type) const;

private:
    void run();
    void serve(int connection);
    [[nodiscard]] std::string answer(Packet type, const std::string& packet);

    [[nodiscard]] std::string suback(const std::string& packet) const;

    Script script_;
    Refused refused_;
    std::map<Packet, std::size_t> answered_;
    bool has_properties_ = true;  // MQTT 5 is spoken.
    LoopbackListener listener_;
    base::Guarded<std::vector<std::string>> received_;
    base::Guarded<int> connection_{-1};  // Shut down by the destructor.
    std::thread thread_;
};

}  // namespace muster::test
