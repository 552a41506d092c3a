// SPDX-License-Identifier: Apache-2.0
// What the core says about what happens: to logs, metrics and the event stream.
#pragma once

#include "core/output.hpp"
#include "tenancy/admission.hpp"
#include "wire/types.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace muster::testbroker::core {

/// Who ended a connection.
enum class EndedBy : std::uint8_t {
    client,         ///< Its DISCONNECT.
    network,        ///< Lost without a goodbye.
    broker,         ///< An error, a limit, silence, a takeover, the broker's own end.
    administrator,  ///< Kicked.
    fault,          ///< On demand.
};

/// Why a message was not delivered to one receiver.
enum class DropReason : std::uint8_t {
    queue_full,  ///< More waited for the session than may.
    bytes_full,  ///< What waited for it was larger together than it may be.
    congested,   ///< QoS 0, and the network takes no more.
    expired,     ///< Its time was over before it could be sent.
    too_large,   ///< Larger than the client takes.
};
constexpr std::size_t drop_reasons = 5;

/// Somebody who was let in.
struct ClientName {
    ConnectionId connection = 0;  ///< 0: not connected.
    std::string_view tenant;
    std::string_view client_id;
    tenancy::Role role = tenancy::Role::device;
};

struct ConnectedEvent {
    ClientName client;
    wire::Version version = wire::Version::v5;
    bool clean_start = true;
    bool session_present = false;
    bool client_id_was_assigned = false;
    std::chrono::seconds keep_alive{0};
};

struct DisconnectedEvent {
    ClientName client;
    wire::ReasonCode reason = wire::ReasonCode::success;
    std::string_view why;  ///< Empty if there is no more to say than the reason.
    EndedBy by = EndedBy::client;
};

struct RefusedEvent {
    ConnectionId connection = 0;
    std::string_view tenant;     ///< Empty unless proved.
    std::string_view client_id;  ///< As CONNECT claims it.
    wire::ReasonCode reason = wire::ReasonCode::not_authorized;
    std::string_view why;
};

/// Called by the core in the middle of its work: implementations copy what they need and return; they do not block and do not call the
/// core. Views hold for the call only. The default is to ignore everything.
/// Threads: the core's.
class Observer {
public:
    virtual ~Observer() = default;
    virtual void connected(const ConnectedEvent& /*event*/) {}
    /// The end of a connection that `connected` began; a takeover is one, with reason session_taken_over.
    virtual void disconnected(const DisconnectedEvent& /*event*/) {}
    /// A CONNECT was answered with a refusal.
    virtual void refused(const RefusedEvent& /*event*/) {}
    /// Bytes that are no packet, or a first packet that is no CONNECT. `disconnected` follows if the client had been let in.
    virtual void malformed(ConnectionId /*connection*/, wire::ReasonCode /*reason*/, std::string_view /*why*/) {}
    /// No CONNECT came in time.
    virtual void connect_timed_out(ConnectionId /*connection*/) {}
    /// Messages for a client were dropped.
    virtual void dropped(const ClientName& /*client*/, DropReason /*reason*/, std::size_t /*count*/) {}
    /// A PUBLISH was not accepted: not_authorized, quota_exceeded or message_rate_too_high, whether or not the client was told.
    virtual void publish_refused(const ClientName& /*client*/, wire::ReasonCode /*reason*/) {}
    /// `topic` as the tenant sees it.
    virtual void will_published(const ClientName& /*client*/, std::string_view /*topic*/) {}
    /// A session and all that waited in it is gone: expired, clean, or replaced by a clean start.
    virtual void session_ended(const ClientName& /*client*/) {}
};

}  // namespace muster::testbroker::core
