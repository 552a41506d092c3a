// SPDX-License-Identifier: Apache-2.0
// A client's part of MQTT, without sockets and clocks: bytes and a time in, events and bytes out.
#pragma once

#include "wire/frame.hpp"
#include "wire/packets.hpp"

#include <muster/fleet/mqtt_client.hpp>

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace muster::fleet {

/// What the broker has said in its CONNACK that it takes.
struct BrokerLimits {
    std::size_t receive_maximum = 65'535;
    std::size_t maximum_packet_size = wire::max_variable_byte_integer + 5;
    std::uint8_t maximum_qos = 2;
    std::uint16_t topic_alias_maximum = 0;
    bool has_retain = true;
    bool has_wildcards = true;
    bool has_shared = true;
    bool has_subscription_identifiers = true;
};

///     greeting -- CONNACK 0 --> connected -- DISCONNECT, refusal, bytes that are no MQTT --> failed, with the reason
///
/// Threads: one.
class ToolSession {
public:
    /// `out` gets the CONNECT. The connection's values have been checked.
    ToolSession(const MqttConnection& connection, const std::string& client_id, std::string& out);

    /// Takes whole packets off the front of `in`, until so much waits in messages for take_event that more would be hoarding; `out` gets
    /// what is to be answered.
    void read(std::string& in, std::string& out);
    [[nodiscard]] bool is_connected() const { return is_connected_; }
    [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

    [[nodiscard]] bool is_session_present() const { return is_session_present_; }
    [[nodiscard]] const std::string& client_id() const { return client_id_; }
    [[nodiscard]] std::chrono::seconds keep_alive() const { return keep_alive_; }
    [[nodiscard]] std::size_t room() const;

    Result<std::uint16_t> publish(const MqttMessage& message, std::string& out);
    Result<std::uint16_t> subscribe(const std::vector<MqttFilter>& filters, const MqttProperties& properties, std::string& out);
    std::uint16_t unsubscribe(const std::vector<std::string>& filters, const MqttProperties& properties, std::string& out);
    void disconnect(const MqttProperties& properties, bool with_will, std::string& out);
    void ping(std::string& out);
    [[nodiscard]] bool awaits_pong() const { return awaits_pong_; }

    /// The next event, if there is one; acknowledges the message that was the last.
    [[nodiscard]] std::optional<MqttEvent> take_event(std::string& out);
    void acknowledge(std::string& out);
    /// Nobody is going to take them: messages are dropped without being acknowledged, so that a session's come again.
    void drop_messages();
    /// Whether messages of QoS 2 have been received and not been released.
    [[nodiscard]] bool awaits_release() const { return !unreleased_.empty(); }

private:
    struct InFlight {
        Qos qos = Qos::at_least_once;
        bool is_received = false;  ///< PUBREC came.
    };

    [[nodiscard]] Result<void> check_is_offered(const MqttFilter& filter) const;
    void handle(const wire::Frame& frame, std::string& out);
    void handle(const wire::Connack& connack);
    void handle(const wire::Publish& publish, std::string& out);
    void handle(const wire::Puback& puback) { settle(puback.packet_id, "PUBACK", puback.reason, puback.properties); }
    void handle(const wire::Pubrec& pubrec, std::string& out);
    void handle(const wire::Pubrel& pubrel, std::string& out);
    void handle(const wire::Pubcomp& pubcomp) { settle(pubcomp.packet_id, "PUBCOMP", pubcomp.reason, pubcomp.properties); }
    void handle(const wire::Suback& suback);
    void handle_connack(const wire::Frame& frame);
    void settle(std::uint16_t packet_id, const char* packet, wire::ReasonCode reason, const wire::Properties& properties);
    void fail(Error error);
    [[nodiscard]] bool resolve_alias(const wire::Publish& publish, std::string& topic);
    [[nodiscard]] std::uint16_t next_packet_id();
    void send(const wire::Packet& packet, std::string& out) const;
    void tell(const wire::Packet& packet, bool is_sent) const;

    const wire::Version version_;
    const std::uint16_t topic_alias_maximum_;
    const std::size_t max_incoming_;
    const MqttObserver observer_;
    const std::string password_;  // Not to be shown, whoever says it.
    std::string client_id_;
    std::chrono::seconds keep_alive_;
    BrokerLimits limits_;
    bool is_connected_ = false;
    bool is_session_present_ = false;
    bool awaits_pong_ = false;
    std::optional<Error> failure_;
    std::deque<MqttEvent> events_;
    std::size_t waiting_bytes_ = 0;  // Of the messages among them.
    std::optional<std::pair<Qos, std::uint16_t>> unacknowledged_;
    std::set<std::uint16_t> unread_;      // Of QoS 2, not acknowledged: the same again is no second message.
    std::set<std::uint16_t> unreleased_;  // Acknowledged.
    std::map<std::uint16_t, InFlight> in_flight_;
    std::set<std::uint16_t> asked_;  // Packet ids of SUBSCRIBEs and UNSUBSCRIBEs.
    std::map<std::uint16_t, std::string> aliases_;
    std::uint16_t last_packet_id_ = 0;
};

}  // namespace muster::fleet
