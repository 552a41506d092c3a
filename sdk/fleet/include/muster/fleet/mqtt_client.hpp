// SPDX-License-Identifier: Apache-2.0
/// @file
/// One MQTT client for tools: it does what it is told, once, and says what the broker said. A device is muster::Device.
#pragma once

#include <muster/fleet/mqtt_packet.hpp>
#include <muster/identity.hpp>
#include <muster/message.hpp>
#include <muster/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace muster::fleet {

/// What may accompany the packets that a client sends and gets (MQTT 5.0, section 2.2.2.2). Which may stand in which packet is the
/// sender's to know: the others are left out.
struct MqttProperties {
    std::optional<std::uint8_t> payload_format_indicator;
    std::optional<std::uint32_t> message_expiry_interval;
    std::optional<std::string> content_type;
    std::optional<std::string> response_topic;
    std::optional<std::string> correlation_data;
    std::vector<std::uint32_t> subscription_identifiers;
    std::optional<std::uint32_t> session_expiry_interval;
    std::optional<std::uint8_t> request_problem_information;
    std::optional<std::uint8_t> request_response_information;
    std::optional<std::uint32_t> will_delay_interval;
    std::optional<std::string> reason_string;
    std::optional<std::uint16_t> receive_maximum;
    std::optional<std::uint16_t> topic_alias_maximum;
    std::optional<std::uint16_t> topic_alias;
    std::optional<std::uint32_t> maximum_packet_size;
    std::vector<UserProperty> user;
};

struct MqttMessage {
    std::string topic;
    std::string payload;
    Qos qos = Qos::at_most_once;
    bool retain = false;
    bool is_duplicate = false;    ///< Received: the DUP flag.
    std::uint16_t packet_id = 0;  ///< Received, with QoS 1 and 2.
    MqttProperties properties;
};

struct MqttFilter {
    std::string filter;
    Qos qos = Qos::at_most_once;
    bool no_local = false;
    bool retain_as_published = false;
    RetainHandling retain_handling = RetainHandling::send;
};

enum class MqttTlsVersion : std::uint8_t { v12_or_newer, v12, v13 };

/// How `mqtts` and `wss` are spoken.
struct MqttTls {
    std::filesystem::path ca_file;       ///< PEM; with `ca_directory` empty, too: the identity's trust anchors, else the system's.
    std::filesystem::path ca_directory;  ///< As `openssl rehash` leaves it.
    bool verify_server = true;           ///< Chain and name.
    std::filesystem::path identity_dir;  ///< Of a device; else:
    std::filesystem::path certificate;   ///< PEM, leaf first.
    std::filesystem::path key;           ///< PEM of mode 0600, a reference to a token's key, or a PKCS#11 URI (RFC 7512).
    KeyPassword key_password;
    MqttTlsVersion version = MqttTlsVersion::v12_or_newer;
    std::string ciphers;  ///< OpenSSL's list; names that begin with TLS_ are TLS 1.3's. Empty: OpenSSL's own.
    std::string alpn;     ///< One protocol; empty: none.
    /// Where a session is kept (mode 0600) and taken up again, towards the same server with the same certificates and settings; empty:
    /// none.
    std::filesystem::path session_file;
};

/// What became of the session file.
struct MqttTlsSession {
    bool is_resumed = false;
    std::string note;              ///< Why it was not resumed.
    std::optional<Error> failure;  ///< Why the new one is not kept.
};

/// An HTTP proxy that is asked for a tunnel (CONNECT).
struct MqttProxy {
    std::string url;       ///< `http://host:port`; empty: none.
    std::string username;  ///< For Basic authentication; empty: none.
    std::string password;
};

struct MqttConnection {
    /// `mqtt`, `mqtts`, `ws` and `wss` URLs: the next one is tried when one cannot be reached, or says that it is not available.
    std::vector<std::string> endpoints;
    Protocol protocol = Protocol::mqtt5;
    std::string client_id;  ///< Empty: the certificate's CN, else a UUID.
    std::optional<std::string> username;
    std::optional<std::string> password;
    bool clean_start = true;
    std::chrono::seconds keep_alive{60};  ///< 0: none.
    MqttProperties properties;            ///< Of the CONNECT.
    std::optional<MqttMessage> will;
    MqttTls tls;
    MqttProxy proxy;
    bool allow_plaintext = false;  ///< `mqtt` and `ws` also to other machines, where anybody on the way can read what is said.
    std::chrono::milliseconds connect_timeout{10'000};  ///< For each endpoint, to its CONNACK.
    int interrupt = -1;                                 ///< A descriptor: every wait ends with Code::stopped once it is readable.
    MqttObserver observer;                              ///< Is told of every packet; none: nobody is.
};

/// The last word on a message: PUBACK, PUBCOMP or a PUBREC that refuses.
struct MqttSettled {
    std::uint16_t packet_id = 0;
    std::uint8_t reason = 0;
    std::optional<Error> refusal;  ///< What a reason of 0x80 and above means.
};

/// What the broker grants of a SUBSCRIBE, filter by filter.
struct MqttGranted {
    std::uint16_t packet_id = 0;
    std::vector<std::uint8_t> reasons;
    std::vector<std::optional<Error>> refusals;
};

/// The broker has taken back the filters of an UNSUBSCRIBE.
struct MqttRemoved {
    std::uint16_t packet_id = 0;
};

using MqttEvent = std::variant<std::monostate, MqttMessage, MqttSettled, MqttGranted, MqttRemoved>;

/// An open connection. Its end is the caller's business: nothing is tried again.
/// Threads: one.
class MqttClient {
public:
    using Clock = std::chrono::steady_clock;

    /// Blocks until an endpoint has said CONNACK 0, or fails with what the last one failed with: Code::invalid_argument (URL, settings),
    /// Code::in_use (somebody holds the identity, without another client id), Code::unreachable, Code::timeout, Code::tls, Code::stopped,
    /// and for a refusing CONNACK Code::denied, Code::unavailable, Code::rejected; what is wrong with the files of `tls` says their name.
    static Result<std::unique_ptr<MqttClient>> connect(const MqttConnection& connection);
    ~MqttClient();
    MqttClient(const MqttClient&) = delete;
    MqttClient& operator=(const MqttClient&) = delete;

    [[nodiscard]] const std::string& client_id() const;
    [[nodiscard]] bool is_session_present() const;
    /// `host:port` of where it is connected to.
    [[nodiscard]] const std::string& place() const;
    /// None without TLS or a session file.
    [[nodiscard]] std::optional<MqttTlsSession> tls_session() const;

    /// How many more messages of QoS 1 and 2 the broker takes before it has settled one.
    [[nodiscard]] std::size_t room() const;
    /// Hands the message to the connection; the packet id by which MqttSettled will call it, 0 with QoS 0. It needs room(). Fails with
    /// Code::too_large or Code::rejected if the broker has said that it does not take such, Code::unreachable.
    Result<std::uint16_t> publish(const MqttMessage& message);
    /// How many bytes have not left yet: finish() waits until they have.
    [[nodiscard]] std::size_t unsent() const;
    /// The packet id of the MqttGranted to come. `properties`: subscription identifier and user properties.
    Result<std::uint16_t> subscribe(const std::vector<MqttFilter>& filters, const MqttProperties& properties = {});
    /// The packet id of the MqttRemoved to come.
    Result<std::uint16_t> unsubscribe(const std::vector<std::string>& filters, const MqttProperties& properties = {});

    /// The next event; none once it is `until`, or `wake` (a descriptor; -1: none) is readable. A message is acknowledged with the next
    /// call, or with finish(). Fails once the connection is lost, with the reason: Code::unreachable, Code::timeout (keep alive),
    /// Code::rejected (what comes is no MQTT), Code::taken_over and others as the broker's DISCONNECT says, Code::stopped for an interrupt.
    Result<MqttEvent> next(Clock::time_point until, int wake = -1);
    /// Acknowledges what next() has returned, and waits until what was sent has left and the messages of QoS 2 are done with. Messages that
    /// next() has not returned are dropped unacknowledged while it waits.
    Result<void> finish(Clock::time_point until);
    /// Says DISCONNECT, with the will if `with_will`, and closes the connection.
    void disconnect(const MqttProperties& properties = {}, bool with_will = false);

private:
    class Impl;
    explicit MqttClient(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// Whether a proxy's URL is one. Fails with Code::invalid_argument, saying how it is written.
[[nodiscard]] Result<void> check_proxy(const std::string& url);
/// Whether they can be sent. Fails with Code::invalid_argument: text that is no UTF-8 or too long, a number that is out of range.
[[nodiscard]] Result<void> check_properties(const MqttProperties& properties);
/// Whether a message may be published to it. Fails with Code::invalid_argument, saying what is wrong.
[[nodiscard]] Result<void> check_topic_name(const std::string& topic);
/// Whether it may be subscribed to. Fails as check_topic_name does.
[[nodiscard]] Result<void> check_topic_filter(const std::string& filter);
/// Whether the filter, which may be subscribed to, asks for the topic.
[[nodiscard]] bool is_topic_asked_for(const std::string& filter, const std::string& topic);

}  // namespace muster::fleet
