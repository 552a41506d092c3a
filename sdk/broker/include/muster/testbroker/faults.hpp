// SPDX-License-Identifier: Apache-2.0
// Misfortunes on demand: what a fault is, and a time line of them (docs/faults.md shows each).
#pragma once

#include <muster/result.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace muster::testbroker {

/// What goes wrong. The name in JSON and on the command line is the enumerator's.
enum class FaultKind : std::uint8_t {
    outage,                      ///< Listeners closed and connections cut, for `duration`.
    restart,                     ///< The same, and the sessions kept or lost: `state`.
    refuse,                      ///< CONNECT is answered with `reason`.
    redirect,                    ///< CONNECT is answered with `reason` (0x9C or 0x9D) and `server_reference`.
    cut,                         ///< The connection ends without a goodbye after `after_packets` or `after_bytes`.
    stop_reading,                ///< Nothing more is read: the connection is half open.
    stall_handshake,             ///< A TLS handshake is begun and never answered.
    delay_acknowledgements,      ///< PUBACK, PUBREC, PUBCOMP, SUBACK and UNSUBACK come `delay` later, in their order.
    drop_acknowledgements,       ///< They are never sent.
    duplicate_acknowledgements,  ///< They are sent twice.
    take_over,                   ///< Connected clients lose their connection as if another had come with their client id.
    expire_certificate,          ///< Client certificates count as expired.
    revoke_certificate,          ///< Client certificates count as revoked.
    freeze,                      ///< Connections stay open; nothing is read, written or accepted on them.
    limit_bandwidth,             ///< Each connection carries at most `bytes_per_second` each way.
    est,                         ///< EST answers `status`, or 200 with garbage.
};
[[nodiscard]] std::string_view name_of(FaultKind kind) noexcept;

/// Bytes and packets of which way a fault counts, as the broker sees them.
enum class Direction : std::uint8_t { received, sent };
enum class RestartState : std::uint8_t { kept, lost };

/// One fault: its kind, whom it concerns, when it strikes, and the parameters of its kind. A parameter of another kind is an error.
struct Fault {
    FaultKind kind = FaultKind::outage;

    std::string tenant;     ///< Empty: everybody.
    std::string client_id;  ///< A device or application of `tenant`; empty: all of them.

    std::uint64_t times = 0;                ///< It is over after striking so often; 0: no bound.
    double probability = 1;                 ///< Of striking at each opportunity, over 0 to 1.
    std::uint64_t seed = 0;                 ///< The same seed strikes a client at the same of its opportunities.
    std::chrono::milliseconds duration{0};  ///< It is over after this time; 0: once used up or removed.

    std::uint8_t reason = 0;                    ///< refuse: one of CONNACK, default 0x88; redirect: default 0x9C.
    std::string server_reference;               ///< redirect: `host:port`, more than one with spaces between.
    std::uint64_t after_packets = 0;            ///< cut: whole packets after CONNECT and CONNACK.
    std::uint64_t after_bytes = 0;              ///< cut: bytes after CONNECT and CONNACK, also in the middle of a packet.
    Direction direction = Direction::received;  ///< cut.
    std::chrono::milliseconds delay{0};         ///< delay_acknowledgements.
    std::uint64_t bytes_per_second = 0;         ///< limit_bandwidth.
    RestartState state = RestartState::kept;    ///< restart.
    unsigned status = 0;                        ///< est: 202 or 400 to 599.
    std::chrono::seconds retry_after{0};        ///< est, with 202 or 503: the header Retry-After; refuse: the user property.
    bool garbage = false;                       ///< est: 200 with a body that is not what it claims to be.
};

using FaultId = std::uint64_t;

/// A fault that was injected, and what came of it.
struct FaultInfo {
    FaultId id = 0;
    Fault fault;
    bool is_standing = false;          ///< Over otherwise: by time, by count, or because its kind happens at once.
    std::uint64_t considered = 0;      ///< Opportunities so far.
    std::uint64_t applied = 0;         ///< How often it struck.
    std::chrono::milliseconds age{0};  ///< Since it was injected.
};

/// A fault and when it begins.
struct ScenarioStep {
    std::chrono::milliseconds at{0};  ///< After the scenario's start.
    Fault fault;
};

/// A time line of faults. Replayed with the same seed against clients that do the same, it strikes at the same places.
struct Scenario {
    std::uint64_t seed = 0;  ///< Steps that name no seed get theirs from it and from their place.
    std::vector<ScenarioStep> steps;
};

/// Reads one fault's JSON and checks it. Fails with Code::invalid_argument, naming the line of a syntax error or the field of any other.
Result<Fault> parse_fault(std::string_view json);

/// Reads a scenario's JSON and checks all of it. Fails with Code::invalid_argument, naming the line of a syntax error, and line, step and
/// field of any other.
Result<Scenario> parse_scenario(std::string_view json);

/// Fails with Code::invalid_argument, naming the field, unless the fault can be injected.
Result<void> check(const Fault& fault);
/// The same for every step.
Result<void> check(const Scenario& scenario);

}  // namespace muster::testbroker
