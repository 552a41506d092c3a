// SPDX-License-Identifier: Apache-2.0
// What a device can say about itself at any moment.
#pragma once

#include <muster/message.hpp>
#include <muster/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace muster {

/// Where the connection to the fleet stands.
enum class ConnectionState : std::uint8_t {
    stopped,           ///< Not started, or stopped for good.
    connecting,        ///< An attempt is under way.
    connected,         ///< Connected and subscribed; readings flow.
    waiting,           ///< The last attempt failed or the connection was lost; the next is scheduled.
    draining,          ///< `stop` was called; what waits is sent until its deadline.
    degraded,          ///< Connected, but the broker refuses for now what it is sent, does not answer, or has refused a subscription.
    refused,           ///< Refused for a reason that waiting does not mend; the next attempt is scheduled, much later.
    needs_enrollment,  ///< Refused for its certificate, which nobody renews: somebody must enroll the device with a one-time password.
};

[[nodiscard]] constexpr const char* name_of(ConnectionState state) noexcept {
    switch (state) {
        case ConnectionState::stopped:
            return "stopped";
        case ConnectionState::connecting:
            return "connecting";
        case ConnectionState::connected:
            return "connected";
        case ConnectionState::waiting:
            return "waiting";
        case ConnectionState::draining:
            return "draining";
        case ConnectionState::degraded:
            return "degraded";
        case ConnectionState::refused:
            return "refused";
        case ConnectionState::needs_enrollment:
            return "needs_enrollment";
    }
    return "unknown";
}

/// Where the device's certificate stands. It is renewed only where the configuration names an EST server.
enum class CredentialState : std::uint8_t {
    not_renewed,       ///< There is no certificate, or nobody to renew it.
    valid,             ///< Its renewal is not due yet.
    renewing,          ///< A new one is asked for, or tried; the device goes on with the old one.
    retrying,          ///< That failed; the device goes on with the old one, and the next attempt is scheduled.
    needs_enrollment,  ///< It has expired and the server does not renew it: somebody must enroll the device with a one-time password.
};

[[nodiscard]] constexpr const char* name_of(CredentialState state) noexcept {
    switch (state) {
        case CredentialState::not_renewed:
            return "not_renewed";
        case CredentialState::valid:
            return "valid";
        case CredentialState::renewing:
            return "renewing";
        case CredentialState::retrying:
            return "retrying";
        case CredentialState::needs_enrollment:
            return "needs_enrollment";
    }
    return "unknown";
}

/// The device's certificate and its renewal.
struct CredentialStatus {
    CredentialState state = CredentialState::not_renewed;
    std::string serial_hex;  ///< Of the certificate in use; empty unless it is renewed.
    std::chrono::system_clock::time_point not_after;
    std::uint64_t renewals = 0;       ///< Since `open`.
    std::optional<Error> last_error;  ///< Why the last renewal failed; none after one that did not.
};

/// The outbox's accounts. At any time: accepted = delivered + dropped() + quarantined + waiting.
/// They cover the life of the outbox's file: messages kept from earlier runs are included.
struct OutboxCounts {
    std::uint64_t accepted = 0;            ///< Messages that `publish` took responsibility for.
    std::uint64_t delivered = 0;           ///< Acknowledged by the broker (QoS 0: handed to the network).
    std::uint64_t dropped_overflow = 0;    ///< Given up for a newer one (Overflow::drop_oldest, drop_lowest_priority).
    std::uint64_t dropped_rejected = 0;    ///< Refused by the broker for good (for example: topic not authorised).
    std::uint64_t dropped_corrupt = 0;     ///< Found damaged in the file.
    std::uint64_t dropped_stopped = 0;     ///< Durability::memory messages still waiting when the device stopped.
    std::uint64_t dropped_expired = 0;     ///< Not sent within their time to live.
    std::uint64_t dropped_superseded = 0;  ///< Replaced by a newer value of the same key (Overflow::latest).
    std::uint64_t dropped_purged = 0;      ///< Given up from outside (StoredOutbox::drop, `muster queue purge`).
    std::uint64_t quarantined = 0;         ///< Set aside, because they cannot be sent and would have held up the others.
    std::uint64_t waiting = 0;             ///< Stored, not yet acknowledged; includes those in flight.
    std::uint64_t waiting_bytes = 0;       ///< Their topics and payloads together.

    [[nodiscard]] std::uint64_t dropped() const noexcept {
        return dropped_overflow + dropped_rejected + dropped_corrupt + dropped_stopped + dropped_expired + dropped_superseded +
               dropped_purged;
    }
};

/// What became of the readings that `publish` was given, since `open`. At any time:
/// taken = stored + unchanged + thinned + merged + refused + held.
struct ReadingCounts {
    std::uint64_t taken = 0;
    std::uint64_t stored = 0;     ///< In the outbox, and in its accounts from then on; the result of a window is one of its readings.
    std::uint64_t unchanged = 0;  ///< Left out by DeltaPolicy.
    std::uint64_t thinned = 0;    ///< Given up for a later one within a RatePolicy's interval.
    std::uint64_t merged = 0;     ///< The other readings of a window whose minimum, maximum or mean was stored.
    std::uint64_t refused = 0;    ///< The outbox did not take it; if it was held before, the log says so, otherwise `publish` failed.
    std::uint64_t held = 0;       ///< In memory, until their interval is over.
};

/// What batching and compression saved, since `open`.
struct BatchCounts {
    std::uint64_t batches = 0;
    std::uint64_t readings = 0;       ///< In them.
    std::uint64_t reading_bytes = 0;  ///< As payloads of one reading each.
    std::uint64_t batch_bytes = 0;    ///< As the payloads that were sent instead.
};

/// What became of the messages that came, since `open`.
/// At any time: received = handled + unhandled + dropped_full + dropped_duplicate + waiting.
struct InboxCounts {
    std::uint64_t received = 0;
    std::uint64_t handled = 0;    ///< Every handler whose filter matches has returned, and no Acknowledgement of it is awaited.
    std::uint64_t unhandled = 0;  ///< No handler's filter matches, for example of a subscription that the broker kept from an earlier run.
    std::uint64_t dropped_full = 0;       ///< More waited for their handlers than InboxConfig allows.
    std::uint64_t dropped_duplicate = 0;  ///< They had come before, and InboxConfig::drop_duplicates is set.
    std::uint64_t waiting = 0;            ///< For a handler, in one, or for an Acknowledgement.
    /// Of QoS 1 and 2, whose handlers, or acknowledgements by hand, took longer than InboxConfig::acknowledge_within, or until `stop`. One
    /// that was due by hand counts as handled from then on.
    std::uint64_t acknowledged_early = 0;
};

/// A message that was set aside, because it cannot be sent and would have held up the others.
struct QuarantinedMessage {
    std::uint64_t id = 0;  ///< What `publish` gave out.
    Message message;
    std::string reason;
};

/// A snapshot, consistent in itself.
struct Status {
    ConnectionState state = ConnectionState::stopped;
    std::string client_id;
    std::string endpoint;                 ///< The one connected to, or tried last; `mqtts://host:port`.
    Protocol protocol = Protocol::mqtt5;  ///< Spoken with it; `mqtt311` where the broker refused 5.
    std::optional<Error> last_error;      ///< Why the last attempt or connection ended; none after a clean start.
    std::uint64_t connects = 0;           ///< Connections that the broker accepted.
    std::uint64_t disconnects = 0;        ///< Connections lost, for whatever cause.
    std::uint64_t redelivered = 0;        ///< Messages sent again after a connection was lost; the receiver may see a duplicate of each.
    std::uint64_t received = 0;           ///< Messages that came for subscriptions; `inbox` says what became of them.
    InboxCounts inbox;
    OutboxCounts outbox;
    ReadingCounts readings;
    BatchCounts batches;
    CredentialStatus credential;
};

}  // namespace muster
