// SPDX-License-Identifier: Apache-2.0
// The seam between a device and whatever speaks MQTT over a network: open a link, send on it, close it; events come back to a sink. Whoever
// brings a transport of their own hands it to Device::open (<muster/hooks.hpp>).
#pragma once

#include <muster/message.hpp>
#include <muster/result.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace muster::transport {

/// Names one connection attempt. Events of an older link than the current one are late and are ignored by the receiver.
using LinkId = std::uint64_t;
/// Names one message in flight; the session uses the outbox's record id.
using SendId = std::uint64_t;

/// The user property (MQTT 5.0, section 3.3.2.3.7) that Message::message_id travels as, and the bytes that a UUID in it adds to a packet:
/// the property's number, two lengths of two bytes, name and value.
inline constexpr const char* message_id_property = "message-id";
inline constexpr std::size_t message_id_bytes = 1 + 2 + 10 + 2 + 36;

/// Everything one attempt needs; a link is made for one endpoint and never goes elsewhere. A transport fails an attempt
/// (Code::invalid_argument) rather than leave out something of this that it cannot do, such as to verify the server's certificate.
struct LinkOptions {
    Protocol protocol = Protocol::mqtt5;
    std::string endpoint;  ///< `mqtts://host:port`, `mqtt://`, `wss://` or `ws://`, the port always given.
    std::string proxy;     ///< `[user:password@]host:port`, percent-encoded: reach the endpoint through its CONNECT. Empty: directly.
    std::string client_id;
    std::string username;
    std::string password;
    std::filesystem::path key;          ///< Empty: no client certificate.
    std::string key_password;           ///< If the key is encrypted.
    std::filesystem::path certificate;  ///< Certificate and chain in one PEM file.
    std::filesystem::path trust_anchors;
    std::chrono::seconds keep_alive{60};
    std::chrono::milliseconds connect_timeout{10'000};
    std::optional<Message> will;  ///< Published by the broker when the connection ends without `close`.
    std::chrono::seconds will_delay{0};
    std::chrono::seconds session_expiry{0};  ///< 0: clean start; otherwise the broker's session is resumed and kept this long.
};

/// What the broker said in its CONNACK (MQTT 5.0, section 3.2).
struct LinkUp {
    bool session_present = false;
    std::uint16_t receive_maximum = 65'535;
    std::uint32_t maximum_packet_size = 268'435'460;
    std::optional<std::chrono::seconds> server_keep_alive;
};

/// Why a link ended, and what the broker asked for.
struct LinkDown {
    LinkDown(Error reason) : why(std::move(reason)) {}  // NOLINT(google-explicit-constructor): mostly there is no more to say.

    /// Code::stopped after our own `close`; Code::denied, taken_over, tls, unreachable, timeout, unavailable, rejected otherwise.
    Error why;
    std::optional<std::chrono::seconds> retry_after;  ///< When it wants to be asked again, by its user property `retry-after`.
    std::string server_reference;                     ///< Where to go instead (MQTT 5.0, section 3.2.2.3.16); empty: it did not say.
};

struct Subscription {
    std::string filter;
    Qos qos = Qos::at_least_once;
    // With MQTT 5 only.
    bool no_local = false;
    bool retain_as_published = false;
    RetainHandling retain_handling = RetainHandling::send;
    std::uint32_t identifier = 0;  ///< Given back with what comes for it, where the broker can; 0: none.
};

/// A message that came.
struct Arrival {
    Message message;
    std::vector<std::uint32_t> subscriptions;  ///< The identifiers of those it came for; empty: not known.
};

/// Receives a transport's events. `link_up` comes at most once per link and before any other event of it; `link_down` comes exactly once
/// per opened link, last, whether it was ever up, was closed by us, or was lost. After it nothing more is sent on that link's behalf.
/// Threads: called from the transport's own threads, also while a call into the transport runs; it must copy, post and return (but see
/// `message`).
class LinkSink {
public:
    virtual ~LinkSink() = default;
    virtual void link_up(LinkId link, const LinkUp& up) = 0;
    /// The broker does not speak the protocol that was asked for (MQTT 5.0, section 3.2.2.2: 0x84; 3.1.1: return code 1); `link_down`
    /// follows.
    virtual void version_refused(LinkId /*link*/) {}
    virtual void link_down(LinkId link, const LinkDown& down) = 0;
    /// The broker acknowledged (QoS 0: the network took it), or refused the message with a reason.
    virtual void sent(LinkId link, SendId id, const Result<void>& outcome) = 0;
    /// One result per filter of the request, in its order.
    virtual void subscribed(LinkId link, const std::vector<Result<void>>& outcomes) = 0;
    /// One result per filter of the request, in its order.
    virtual void unsubscribed(LinkId /*link*/, const std::vector<Result<void>>& /*outcomes*/) {}
    /// A message of QoS 1 or 2 is acknowledged when this returns: it may wait for that, but no longer than a third of the keep-alive, and
    /// not for anything that waits for a call into the transport, which may not return before. The only event that may come after
    /// `link_down`.
    virtual void message(LinkId link, Arrival arrival) = 0;
};

/// One device's way to the network. No call blocks; none may be made from inside a sink's call.
/// Threads: all calls from one thread.
class Transport {
public:
    virtual ~Transport() = default;
    /// Starts an attempt. A link that is still open is closed first.
    virtual void open(LinkId link, const LinkOptions& options, LinkSink& sink) = 0;
    /// Sends one request for all filters. At most one request may be outstanding, here and below.
    virtual void subscribe(LinkId link, const std::vector<Subscription>& subscriptions) = 0;
    virtual void unsubscribe(LinkId link, const std::vector<std::string>& filters) = 0;
    /// Sends one message; its outcome arrives as `sent`, or not at all if the link goes down first.
    virtual void send(LinkId link, SendId id, const Message& message) = 0;
    /// Disconnects properly if up (MQTT 5.0, section 3.14), abandons the attempt otherwise; `link_down` follows.
    virtual void close(LinkId link) = 0;
};

}  // namespace muster::transport
