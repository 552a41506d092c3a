// SPDX-License-Identifier: Apache-2.0
// What travels: a topic, a payload and how it is to be delivered.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace muster {

/// The version of MQTT that is spoken with a broker.
enum class Protocol : std::uint8_t {
    mqtt5,    ///< As a setting: 3.1.1 with a broker that refuses 5.
    mqtt311,  ///< No reason codes, no receive maximum, no properties of messages.
};

[[nodiscard]] constexpr const char* name_of(Protocol protocol) noexcept {
    return protocol == Protocol::mqtt5 ? "mqtt5" : "mqtt311";
}

/// MQTT quality of service (MQTT 5.0, section 4.3).
enum class Qos : std::uint8_t {
    at_most_once = 0,   ///< Sent once; lost if the connection is.
    at_least_once = 1,  ///< Sent until acknowledged; may arrive twice.
    exactly_once = 2,   ///< Sent with a two-step handshake; costs two round trips.
};

/// Means what the two applications agree on; a name may come more than once (MQTT 5.0, section 3.3.2.3.7).
struct UserProperty {
    std::string name;
    std::string value;
};

/// What accompanies a payload. It travels with MQTT 5 only: over 3.1.1 a message arrives without it. All of it together takes at most
/// most_property_bytes, and counts towards the outbox's bounds.
struct MessageProperties {
    std::vector<UserProperty> user;  ///< In this order; UTF-8 without NUL.
    std::string content_type;        ///< Such as a MIME type, in UTF-8; empty: none.
    std::string response_topic;      ///< Where an answer is expected (MQTT 5.0, section 4.10); a topic; empty: nowhere.
    std::string correlation_data;    ///< Bytes that an answer gives back; up to 65,535; empty: none.
    bool is_utf8 = false;            ///< The payload is UTF-8 text (Payload Format Indicator).

    /// The value of the first user property with this name; null: there is none.
    [[nodiscard]] const std::string* user_value(std::string_view name) const noexcept {
        for (const auto& property : user) {
            if (property.name == name) return &property.value;
        }
        return nullptr;
    }
};

/// As MQTT 5 encodes them.
inline constexpr std::size_t most_property_bytes = 65'535;

/// An application message. The payload is bytes: it may hold NUL and need not be UTF-8.
struct Message {
    std::string topic;    ///< 1 to 65,535 bytes of UTF-8, no wildcard, no NUL (MQTT 5.0, section 4.7).
    std::string payload;  ///< Up to 268,435,455 bytes less the header; most brokers take far less.
    Qos qos = Qos::at_least_once;
    bool retain = false;  ///< Sent: keep as the topic's last value. Received: it is such a value.
    /// What is left of its time to live, for whoever holds it next (Message Expiry Interval, MQTT 5.0, section 3.3.2.3.3); none: for ever.
    std::optional<std::chrono::seconds> expires_after = std::nullopt;
    /// Null: none, as most messages.
    std::shared_ptr<const MessageProperties> properties = nullptr;
    /// By which a message that comes twice is known (user property `message-id`, see DuplicateFilter); the outbox gives it to what it sends
    /// at QoS 1 and 2. Empty: the sender gave none, or it is in the payload (decode_message).
    std::string message_id = {};
    /// Received: it has come before, by its id (InboxConfig::remembered_ids), or the broker says that it may have, on a connection that was
    /// lost (DUP flag, MQTT 5.0, section 3.3.1.1).
    bool is_duplicate = false;
};

/// Whether a subscription gets the messages that topics retain (MQTT 5.0, section 3.8.3.1).
enum class RetainHandling : std::uint8_t {
    send = 0,         ///< Whenever it is made: with every connection.
    send_if_new = 1,  ///< Only if the broker's session did not have it; where the session is not kept, that is every connection.
    never = 2,
};

/// What a subscription asks of the broker. All but the QoS needs MQTT 5: over 3.1.1 a subscription that asks for more is refused.
struct SubscribeOptions {
    Qos qos = Qos::at_least_once;      ///< At most: a message comes with its publisher's, if that is less.
    bool no_local = false;             ///< Nothing that this device has published; not for a shared subscription.
    bool retain_as_published = false;  ///< `Message::retain` is as the publisher set it, instead of saying that it is a stored value.
    RetainHandling retain_handling = RetainHandling::send;
};

}  // namespace muster
