// SPDX-License-Identifier: Apache-2.0
// One thing that happened, as the event stream and the log tell it.
#pragma once

#include "base/clock.hpp"
#include "core/observer.hpp"
#include "wire/types.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace muster::testbroker::admin {

enum class EventKind : std::uint8_t {
    connected,
    disconnected,
    refused,
    malformed,
    connect_timed_out,
    dropped,
    publish_refused,
    will_published,
    session_ended,
    enrolled,
    fault,
    gap,  ///< `count` events are not told, because there were too many.
};
[[nodiscard]] std::string_view name_of(EventKind kind);
[[nodiscard]] std::string_view name_of(core::EndedBy by);
[[nodiscard]] std::string_view name_of(core::DropReason reason);
[[nodiscard]] std::string_view name_of(tenancy::Role role);

/// What became of a fault.
struct FaultChange {
    std::uint64_t id = 0;
    bool has_ended = false;  ///< It was injected otherwise.
};

struct Event {
    std::uint64_t id = 0;  ///< Rises by one; given by the log.
    base::WallTime time;
    EventKind kind = EventKind::connected;
    std::string tenant;  ///< Empty: none, or not known.
    std::string client_id;
    std::optional<tenancy::Role> role;
    core::ConnectionId connection = 0;  ///< 0: none.
    std::optional<wire::ReasonCode> reason;
    std::optional<core::EndedBy> by;
    std::optional<core::DropReason> drop;
    std::optional<wire::Version> version;
    std::optional<bool> session_present;
    std::optional<FaultChange> fault;
    std::uint64_t count = 0;  ///< Of a drop, a refusal or a gap.
    std::string text;         ///< Why, the will's topic, the certificate's serial number, the fault.
};

/// One line of JSON without its newline; only what the kind has.
[[nodiscard]] std::string to_json(const Event& event);
/// One line for people: `2026-05-04T10:20:30.123Z disconnected acme/press-01: keep_alive_timeout by broker: ...`.
[[nodiscard]] std::string to_line(const Event& event);

}  // namespace muster::testbroker::admin
