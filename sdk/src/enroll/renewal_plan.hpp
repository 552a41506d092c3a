// SPDX-License-Identifier: Apache-2.0
// When a certificate is renewed: events and a time go in, actions come out.
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"

#include <muster/result.hpp>
#include <muster/status.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace muster::est {

/// Both clocks: a certificate's term is wall time, and the waiting between attempts is not.
struct Moment {
    base::SteadyTime steady;
    base::WallTime wall;
};

/// From when to when a certificate is good.
struct Term {
    base::WallTime not_before;
    base::WallTime not_after;
};

struct RenewalLimits {
    unsigned after_percent = 66;
    unsigned jitter_percent = 10;
};

// What the plan wants done, one at a time but for Tell; each of the first three is answered.
struct Obtain {};   ///< Ask the server for a certificate, and store it as the candidate.
struct Try {};      ///< Connect with the candidate.
struct Promote {};  ///< Make the candidate the credential in use.
struct Discard {};  ///< Remove the candidate.
struct Tell {
    CredentialState state;
    std::optional<Error> why;
};
using RenewalAction = std::variant<Obtain, Try, Promote, Discard, Tell>;

/// Renews one certificate again and again, and never gives up the old one before the new one has been seen to work.
///
///     waiting -- due --> obtaining -- obtained --> trying -- good --> promoting -- promoted --> waiting
///        ^                   |                        |                   |
///        +--- not obtained --+---- trial failed ------+--- not promoted --+
///
/// After a failure the next attempt waits at least a minute, and longer each time. A candidate whose trial failed for the network's sake is
/// tried again; one that was refused, or failed three times, is discarded. With the certificate expired, a refusal is
/// CredentialState::needs_enrollment; the server is still asked now and then, for its policy may change.
///
/// The moment of renewal lies within the jitter at a place that depends on device and certificate alone, so that it is the same after a
/// restart. A wall clock that is set is noticed within an hour: too far ahead, it costs one renewal; set back, the renewal is not due any
/// more.
/// Threads: one.
class RenewalPlan {
public:
    /// `device_seed` tells the devices of a fleet apart; `random` must outlive the plan.
    RenewalPlan(const RenewalLimits& limits, std::uint64_t device_seed, base::Random& random)
        : limits_(limits), device_seed_(device_seed), random_(random) {}

    void start(const Term& in_use, bool has_candidate, Moment now);
    void tick(Moment now);
    /// Does not wait until it is due. It still waits for what a failed attempt, or a certificate just obtained, has to wait.
    void renew(Moment now);
    /// Answers to Obtain.
    void obtained(Moment now);
    void not_obtained(const Error& why, std::chrono::seconds retry_after, Moment now);
    /// The answer to Try.
    void trial_ended(const std::optional<Error>& why, Moment now);
    /// Answers to Promote.
    void promoted(const Term& in_use, Moment now);
    void not_promoted(const Error& why, Moment now);
    /// Somebody else has put another credential in the place of the one in use.
    void replaced(const Term& in_use, Moment now);

    [[nodiscard]] std::vector<RenewalAction> take_actions();
    /// When to call `tick`; none while an answer is awaited.
    [[nodiscard]] std::optional<base::SteadyTime> next_deadline(Moment now) const;
    [[nodiscard]] base::WallTime due() const;
    [[nodiscard]] CredentialState state() const { return state_; }

private:
    enum class Phase : std::uint8_t { idle, waiting, obtaining, trying, promoting };

    void begin_term(const Term& in_use);
    void fail(const Error& why, std::chrono::seconds retry_after, Moment now);
    void tell(CredentialState state, std::optional<Error> why = std::nullopt);
    [[nodiscard]] bool is_due(Moment now) const { return is_wanted_ || now.wall >= due(); }
    [[nodiscard]] std::chrono::milliseconds lifetime() const;
    [[nodiscard]] std::chrono::milliseconds retry_cap() const;

    RenewalLimits limits_;
    std::uint64_t device_seed_;
    base::Random& random_;
    std::vector<RenewalAction> actions_;

    Phase phase_ = Phase::idle;
    CredentialState state_ = CredentialState::not_renewed;
    Term in_use_{};
    bool has_candidate_ = false;
    bool is_wanted_ = false;                      // By renew(), until there is another certificate.
    std::uint32_t failures_ = 0;                  // Since the last certificate.
    std::uint32_t trials_ = 0;                    // Of this candidate, for the network's sake in vain.
    std::optional<base::SteadyTime> not_before_;  // Nothing is begun earlier.
};

}  // namespace muster::est
