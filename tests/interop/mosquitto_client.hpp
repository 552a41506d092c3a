// SPDX-License-Identifier: Apache-2.0
// A client made of Mosquitto's library, which we did not write. Its events are waited for on the test's own thread.
#pragma once

#include "wire/types.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

struct mosquitto;
struct mqtt5__property;

namespace muster::test {

/// A list of MQTT 5.0's properties, which the library makes and frees.
using MosquittoProperties = std::unique_ptr<mqtt5__property, void (*)(mqtt5__property*)>;

struct MosquittoMessage {
    std::string topic;
    std::string payload;
    int qos = 0;
    bool retain = false;
    std::string response_topic;
    std::string correlation_data;
    std::vector<std::pair<std::string, std::string>> user_properties;
};

/// Threads: one.
class MosquittoClient {
public:
    MosquittoClient(wire::Version version, const std::string& client_id, bool clean_start = true);
    ~MosquittoClient();
    MosquittoClient(const MosquittoClient&) = delete;
    MosquittoClient& operator=(const MosquittoClient&) = delete;

    void set_will(const std::string& topic, const std::string& payload, int qos);
    /// The reason or return code of CONNACK.
    [[nodiscard]] int connect(std::uint16_t port, const std::string& user, const std::string& password, std::uint32_t session_expiry = 0);
    /// The reason or return code of SUBACK.
    [[nodiscard]] int subscribe(const std::string& filter, int qos);
    /// Until its whole handshake is done; properties count for version 5 only.
    void publish(const std::string& topic, const std::string& payload, int qos, const MosquittoProperties& properties = {nullptr, nullptr});
    [[nodiscard]] MosquittoMessage receive();
    /// Ends with DISCONNECT.
    void disconnect();
    /// Ends without a word.
    void cut();

private:
    // What the callbacks have seen.
    struct Seen {
        std::optional<int> connected;
        std::optional<int> granted;
        std::optional<int> published;  // The message's number.
        bool disconnected = false;
        std::deque<MosquittoMessage> messages;
    };
    template <class Condition>
    void run_until(const Condition& is_true);

    wire::Version version_;
    Seen seen_;
    std::unique_ptr<mosquitto, void (*)(mosquitto*)> client_;
};

}  // namespace muster::test
