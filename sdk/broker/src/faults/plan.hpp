// SPDX-License-Identifier: Apache-2.0
// What a shard asks at each point where something can go wrong.
#pragma once

#include "base/clock.hpp"
#include "faults/board.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace muster::testbroker::faults {

/// How a CONNECT is refused, or an open connection ended.
struct Verdict {
    std::uint8_t reason = 0;  ///< An MQTT reason code.
    std::string why;
    std::string server_reference;  ///< Empty: none.
    std::chrono::seconds retry_after{0};
};

/// What becomes of an acknowledgement.
struct AckFate {
    unsigned copies = 1;
    std::chrono::milliseconds delay{0};
};

struct EstFate {
    unsigned status = 200;
    std::chrono::seconds retry_after{0};
    bool garbage = false;
};

/// Same faults, same seeds and same opportunities of a client: same answers, whatever the other clients did meanwhile.
/// Ask `is_quiet` first; it is all that a broker without faults pays. Threads: one; each shard has its own.
class Plan {
public:
    explicit Plan(Board& board) : board_(board) {}

    [[nodiscard]] bool is_quiet() const noexcept { return board_.is_quiet(); }

    /// A TLS handshake begins: whether it is never answered, and until when at least.
    [[nodiscard]] bool stalls_handshake(base::SteadyTime now);
    /// A client that would be let in.
    [[nodiscard]] std::optional<Verdict> on_connect(const Client& client, bool has_certificate, base::SteadyTime now);
    /// An open connection's client certificate: it may have ended meanwhile. The same client always gets the same answer.
    [[nodiscard]] std::optional<Verdict> on_certificate(const Client& client, base::SteadyTime now);
    [[nodiscard]] AckFate on_acknowledgement(const Client& client, base::SteadyTime now);
    [[nodiscard]] std::optional<EstFate> on_est(const Client& client, base::SteadyTime now);

    /// One standing fault and what this shard knows of it.
    struct Entry {
        std::shared_ptr<InjectedFault> fault;
        std::unordered_map<std::uint64_t, std::uint64_t> opportunities;  // So far, by client; only where chance decides.
        std::unordered_map<std::uint64_t, bool> struck;                  // By client; of kinds that strike a client for good.
    };
    /// The standing faults that are not over, brought up to date.
    std::vector<Entry>& entries(base::SteadyTime now);
    /// Of what `entries` last gave.
    [[nodiscard]] std::uint64_t version() const noexcept { return version_; }
    /// An opportunity for the fault on this client: whether chance wants it to strike.
    [[nodiscard]] static bool draws(Entry& entry, const Client& client);

private:
    static bool strikes(Entry& entry, const Client& client) { return draws(entry, client) && entry.fault->claim(); }
    static bool strikes_for_good(Entry& entry, const Client& client);
    template <class Visit>
    void each(const Client& client, base::SteadyTime now, Visit visit);

    Board& board_;
    std::uint64_t version_ = 0;
    std::vector<Entry> entries_;
};

}  // namespace muster::testbroker::faults
