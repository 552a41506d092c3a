// SPDX-License-Identifier: Apache-2.0
// The kinds of fault as a table: name, whom each concerns, how it lasts, which parameters it takes.
#pragma once

#include <muster/testbroker/faults.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace muster::testbroker::faults {

/// Of before its CONNECT a client is unknown; an outage has everybody.
enum class Scope : std::uint8_t { everybody, client };
enum class Lasting : std::uint8_t {
    standing,  ///< Until it is used up, over or removed.
    holding,   ///< Until it is over or removed: what it struck stays struck so long; used up, it strikes nobody else.
    at_once,   ///< Strikes when injected, and is over.
    away,      ///< The whole broker goes away, for the duration.
};
enum Parameters : unsigned {
    takes_nothing = 0,
    takes_reason = 1,
    takes_server_reference = 2,
    takes_after = 4,
    takes_delay = 8,
    takes_rate = 16,
    takes_state = 32,
    takes_answer = 64,
    takes_retry_after = 128,
};

struct Traits {
    std::string_view name;
    Scope scope;
    Lasting lasting;
    unsigned parameters;
};

/// In the order of FaultKind.
constexpr std::array traits{
    Traits{"outage", Scope::everybody, Lasting::away, takes_nothing},
    Traits{"restart", Scope::everybody, Lasting::away, takes_state},
    Traits{"refuse", Scope::client, Lasting::standing, takes_reason | takes_retry_after},
    Traits{"redirect", Scope::client, Lasting::standing, takes_reason | takes_server_reference},
    Traits{"cut", Scope::client, Lasting::standing, takes_after},
    Traits{"stop_reading", Scope::client, Lasting::holding, takes_nothing},
    Traits{"stall_handshake", Scope::everybody, Lasting::standing, takes_nothing},
    Traits{"delay_acknowledgements", Scope::client, Lasting::standing, takes_delay},
    Traits{"drop_acknowledgements", Scope::client, Lasting::standing, takes_nothing},
    Traits{"duplicate_acknowledgements", Scope::client, Lasting::standing, takes_nothing},
    Traits{"take_over", Scope::client, Lasting::at_once, takes_nothing},
    Traits{"expire_certificate", Scope::client, Lasting::holding, takes_nothing},
    Traits{"revoke_certificate", Scope::client, Lasting::holding, takes_nothing},
    Traits{"freeze", Scope::client, Lasting::holding, takes_nothing},
    Traits{"limit_bandwidth", Scope::client, Lasting::holding, takes_rate},
    Traits{"est", Scope::client, Lasting::standing, takes_answer | takes_retry_after},
};
constexpr std::size_t kind_count = traits.size();
static_assert(kind_count == static_cast<std::size_t>(FaultKind::est) + 1);

[[nodiscard]] constexpr const Traits& traits_of(FaultKind kind) {
    return traits[static_cast<std::size_t>(kind)];
}
[[nodiscard]] std::optional<FaultKind> kind_named(std::string_view name);

}  // namespace muster::testbroker::faults
