// SPDX-License-Identifier: Apache-2.0
// Everything a Device needs to know before it starts, as a struct and as a JSON file.
#pragma once

#include <muster/identity.hpp>
#include <muster/log.hpp>
#include <muster/message.hpp>
#include <muster/policy.hpp>
#include <muster/result.hpp>
#include <muster/telemetry_policy.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace muster {

/// When to try again after a failed or lost connection. No delay is a fixed one, so that a fleet does not come back in step, and the causes
/// are told apart: who is turned away comes back soon, who was not answered in time keeps away from a broker that has more to do than it
/// can. A broker that says when to come back is obeyed. docs/backoff.md has what this does to a fleet of a million, beside other policies.
///
/// Where every endpoint is a loopback address there is no fleet: `first_attempt` is 0 there and `base` at most 1 s.
struct BackoffConfig {
    /// The first attempt after start, and after a stable connection was lost, is spread evenly over this; 0 to 1 h.
    std::chrono::milliseconds first_attempt{30'000};
    /// Turned away: the delay is drawn evenly from the upper half of this, which grows by half with every failure; 10 ms to 1 h.
    std::chrono::milliseconds base{10'000};
    std::chrono::milliseconds cap{300'000};  ///< It grows no further; `base` to 24 h.
    /// Not answered in time: it begins at 16 times `base` and quadruples, up to this, or `cap` if that is more. Three quarters of it, times
    /// the connections that the broker admits in a second, should exceed the fleet; 0 to 24 h.
    std::chrono::milliseconds timeout_cap{900'000};
    std::chrono::milliseconds refused_floor{30'000};  ///< Least delay after a refusal that a retry cannot mend; 0 to 24 h.
    std::chrono::milliseconds refused_cap{900'000};   ///< Such delays are drawn from above the floor, up to this at last; 0 to 24 h.
    std::chrono::milliseconds min_stable{60'000};     ///< A connection must last this long before the delay starts over; 0 to 24 h.
};

/// A QoS class: how readings of the topics it matches are treated. The first match wins; without one, TopicClass{}.
struct TopicClass {
    std::string filter;  ///< An MQTT topic filter, for example `alarm/#`.
    PublishOptions options;
    /// What a duplicate would break, if `options.qos` is 2: without a reason that QoS is refused, because it costs a second round trip, and
    /// receivers know a reading that came twice by its sequence.
    std::string qos_reason = {};
    Encoding encoding = Encoding::json;               ///< Of readings; the payloads that an application made itself stay as they are.
    std::optional<RatePolicy> rate = std::nullopt;    ///< Applied first, to readings of each topic by itself; none: every reading is sent.
    std::optional<DeltaPolicy> delta = std::nullopt;  ///< Then this; none: every value is sent.
    std::optional<BatchPolicy> batch = std::nullopt;  ///< Then this; none: a message for each reading.
};

/// Classes that are ready to use, for what most devices send.
enum class ClassPreset : std::uint8_t {
    alarm,  ///< Rare and must arrive: first of all, stored on disk before `publish` returns, refused rather than dropped, never held.
    command_answer,  ///< Somebody waits for it: before readings, survives a crash, refused rather than dropped, never held.
    reading,         ///< Of a slow sensor: survives a crash, the oldest give way, compressed JSON for up to 100 readings or 10 s.
    high_frequency,  ///< Hundreds a second: after everything else, in memory, the oldest give way, compressed Protobuf for up to 1,000
                     ///< readings or 1 s.
};

/// The class of that preset for these topics; its fields may then be changed. Threads: any.
[[nodiscard]] TopicClass make_class(ClassPreset preset, std::string filter);

/// Whether a renewed certificate is for a new key.
enum class RenewalKey : std::uint8_t {
    renewed,  ///< A key that leaked is of use only until the next renewal.
    kept,     ///< For servers that renew for the same key only.
};

/// When and where the device renews its certificate (EST, RFC 7030, simplereenroll), while it goes on publishing. It is renewed when
/// `after_percent` of its lifetime have passed, and up to `jitter_percent` later, so that a fleet that was enrolled in one hour is not
/// renewed in one: which of them is the device's own choice, the same after a restart.
struct RenewalConfig {
    std::string est_url;           ///< `https://host:port/.well-known/est` with an optional `/<label>`; empty: no renewal.
    unsigned after_percent = 66;   ///< 1 to 90.
    unsigned jitter_percent = 10;  ///< 0 to 50; not beyond 95 % together.
    RenewalKey key = RenewalKey::renewed;
    std::chrono::milliseconds timeout{30'000};  ///< For each HTTP request, 1 s to 10 min.
};

/// How brokers are reached: directly, or through a proxy that knows CONNECT (RFC 9110, section 9.3.6). Servers of EST are not meant.
struct ProxyConfig {
    std::string url;       ///< `http://host:port`; empty: none.
    std::string username;  ///< For Basic authentication; empty: none.
    std::filesystem::path password_file;
    /// Obey `http_proxy` (for mqtt:// and ws://) and `https_proxy` (for mqtts:// and wss://) of the environment; `no_proxy` is ignored.
    bool from_environment = false;
};

/// A message that is settled before the device connects.
struct StandingMessage {
    std::string topic;    ///< Empty: none.
    std::string payload;  ///< At most 65,535 bytes.
    Qos qos = Qos::at_least_once;
    bool retain = false;
};

/// A password that does not last, for example a JSON Web Token.
struct Token {
    std::string value;
    std::chrono::seconds valid_for{0};  ///< From now; 0: nobody knows, or without an end.
};

/// Called before every connection attempt, on a thread of its own, where it may block, but no longer than `connect_timeout`: what it
/// returns later comes too late, and `stop` waits for it. An error ends the attempt and is told as its reason; the next attempt asks again.
using TokenSource = std::function<Result<Token>()>;

/// Where the name of the device comes from, if `client_id` does not give it.
enum class ClientIdScheme : std::uint8_t {
    automatic,    ///< `certificate` if there is one, else `uuid_v7`.
    certificate,  ///< The certificate's CN.
    uuid_v4,      ///< Random, made once and kept beside the outbox.
    uuid_v7,      ///< The same, and sorts by the time it was made.
    mac,          ///< A UUID (version 8, RFC 9562) made of `client_id_salt` and the MAC address of the first physical network interface.
    machine_id,   ///< The same of /etc/machine-id, which is not to leave the machine as it is.
};

/// Whether the device is there, for everybody who subscribes to its topic, at any time: retained, `online` as soon as it is connected and
/// subscribed, `offline` from the broker when it is lost (its will) and from the device itself when it stops.
struct PresenceConfig {
    bool enabled = false;
    std::string topic = "presence";
    std::string online = "online";
    std::string offline = "offline";
};

/// Where a message says its id, a UUID v7 that stays the same however often it is sent: what was on its way when a connection was lost
/// comes twice, and its receiver knows it by this (DuplicateFilter).
enum class MessageIdPlace : std::uint8_t {
    off,
    property,  ///< In the user property `message-id`, 51 bytes a message; with MQTT 3.1.1, which has none, as `payload`.
    payload,   ///< In the payload, if that is readings in their class's encoding, as the SDK makes them; other bytes stay as they are.
};

/// What has come and waits for its handler.
struct InboxConfig {
    /// More are not kept: at QoS 0 what comes is dropped and counted; at QoS 1 and 2 it waits for room first, as long as for a handler.
    std::uint32_t max_messages = 1'000;     ///< 1 to 1,000,000.
    std::uint64_t max_bytes = 1ULL << 20U;  ///< Topics, payloads and properties together; 64 KiB to 1 GiB. A single message may have more.
    /// How long the acknowledgement of a message of QoS 1 or 2 waits for its handlers to return, and for those by hand
    /// (Device::subscribe_manual); meanwhile the connection stands still (TransportKind::paho: with those of the process's other devices).
    /// 0: it is acknowledged when it comes; at most 60 s, and never longer than a third of the keep-alive.
    std::chrono::milliseconds acknowledge_within{5'000};
    /// The ids (Message::message_id) of so many messages are kept in mind, the newest, in about 100 bytes each, until the device is closed:
    /// one that comes again says so (Message::is_duplicate). 0: none; at most 1,000,000.
    std::uint32_t remembered_ids = 256;
    /// A message whose id is in mind is acknowledged and counted, and no handler sees it again.
    bool drop_duplicates = false;
};

/// What speaks MQTT for a device; both do all that a configuration can ask for.
enum class TransportKind : std::uint8_t {
    native,  ///< The SDK's own: a thread for each device, any number of them through WebSocket.
    paho,    ///< Eclipse Paho MQTT C++: two threads for all devices of a process and one for each, one device through WebSocket.
};

/// A device's configuration. Every field but `endpoints` has a default that is safe in the field.
struct DeviceConfig {
    /// Broker nodes, any of which will do: `mqtts://host[:8883]`, or over WebSocket `wss://host[:443][/mqtt]`. Without TLS, `mqtt://` and
    /// `ws://`, they are refused except to a loopback address.
    std::vector<std::string> endpoints;
    /// One for each endpoint, lower first; empty: all alike. An endpoint of a higher number is used while none of a lower one works. In the
    /// JSON form an entry of `endpoints` is an address, or an object with `url` and `priority`.
    std::vector<unsigned> priorities;

    ProxyConfig proxy;
    TransportKind transport = TransportKind::native;
    /// The version spoken first. With `mqtt5` a broker that refuses it is asked again with 3.1.1 at once, and from then on; each endpoint
    /// has its own memory, until the device is closed.
    Protocol protocol = Protocol::mqtt5;

    /// Directory with the device's key, certificate, chain and trust anchors (see IdentityFiles). Empty: no client certificate.
    std::filesystem::path identity_dir;
    /// Of the key in `identity_dir`, if it is encrypted; its renewed keys are then encrypted, too. Obtained once, when the device is
    /// opened.
    KeyPassword key_password;  ///< In the JSON form only its file, as `key_password_file`.
    /// Trust anchors for servers as PEM; empty: `ca.pem` of the identity directory. The system's store is never used.
    std::filesystem::path ca_file;
    /// MQTT client id; empty: the certificate's CN, or a new UUID v7 kept beside the outbox if there is no certificate.
    std::string client_id;
    ClientIdScheme client_id_scheme = ClientIdScheme::automatic;  ///< Not together with `client_id`.
    std::string client_id_salt;  ///< Of your application, so that another's ids do not tell of the same machine.
    /// The client id as the broker wants it: `{tenant}:{device}`, where `{device}` is what the above give. Empty: `{device}`.
    std::string client_id_template;
    std::string tenant;  ///< For the templates.
    /// For brokers without isolation: put before every topic and filter on the way out and taken off on the way in, so that the application
    /// need not know of it, for example `d/{client_id}`. Of `{client_id}`, `{tenant}`, `{device}`. Topics that begin with `$` are left
    /// alone.
    std::string topic_root;
    /// For principals without a certificate; sent over TLS only (or to loopback). The password is the first line of a file of mode 0600,
    /// read again for every connection.
    std::string username;
    std::filesystem::path password_file;
    /// Instead of `password_file`. Before a token expires the connection is made anew with the next one: what is in flight is waited for,
    /// and nothing is lost. Not part of the JSON form.
    TokenSource token;

    /// The outbox's database. Empty: everything waits in memory and Durability::process or disk are refused.
    std::filesystem::path outbox_path;
    OutboxLimits outbox;
    /// None: DrainConfig{}, but no bounds where every endpoint is a loopback address.
    std::optional<DrainConfig> drain;
    MessageIdPlace message_id = MessageIdPlace::property;  ///< Of what the outbox sends at QoS 1 and 2.
    std::vector<TopicClass> classes;

    BackoffConfig backoff;
    std::chrono::milliseconds connect_timeout{10'000};  ///< From dialling to CONNACK; 100 ms to 5 min.
    std::chrono::seconds keep_alive{60};                ///< 1 s to 65,535 s.
    /// How long the broker keeps the session (subscriptions, queued QoS 1 messages) while this client is away; 0: not at all, as devices
    /// want it, because any node will do. An application that must miss nothing sets it; 0 to 2^31 - 1 s.
    std::chrono::seconds session_expiry{0};
    InboxConfig inbox;
    PresenceConfig presence;
    /// What the broker publishes when the connection is lost (MQTT 5.0, section 3.1.2.5); not with `presence`, which has one of its own.
    StandingMessage will;
    /// After the loss, in case the device comes back before; 0 to 2^31 - 1 s, with MQTT 5 only, and at most `session_expiry`.
    std::chrono::seconds will_delay{0};
    /// What the device publishes with every connection, after its subscriptions and before what waits; not with `presence`.
    StandingMessage birth;
    std::uint16_t window = 64;  ///< Messages in flight at once, 1 to 100.
    RenewalConfig renewal;      ///< Of the certificate in `identity_dir`.

    LogSink log;  ///< Not part of the JSON form.
};

/// Reads a configuration from a JSON object whose keys are the fields' names; durations are `*_ms` or `*_s` numbers, paths are taken
/// relative to `base_directory`. An unknown key is an error, so that a typing mistake cannot switch something off.
/// Fails with Code::invalid_argument, naming `source`, the line or the key, and what would be right. Threads: any.
Result<DeviceConfig> parse_device_config(std::string_view json, std::string_view source, const std::filesystem::path& base_directory);

/// The same from a file; relative paths are taken from the file's directory. Fails also with Code::not_found and Code::io. Threads: any.
Result<DeviceConfig> load_device_config(const std::filesystem::path& path);

}  // namespace muster
