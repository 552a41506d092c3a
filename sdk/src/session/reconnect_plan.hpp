// SPDX-License-Identifier: Apache-2.0
// When to try again.
#pragma once

#include "base/random.hpp"

#include <muster/device_config.hpp>
#include <muster/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace muster::session {

/// How an attempt or a connection ended.
struct LinkEnd {
    Code why = Code::unreachable;
    std::chrono::milliseconds up_for{0};              ///< How long the connection was of use; 0: the attempt failed.
    std::optional<std::chrono::seconds> retry_after;  ///< When the broker wants to be asked again, if it said so.
    bool has_alternative = false;                     ///< The next attempt goes elsewhere, to an endpoint that is not known to be bad.
};

/// One plan for every cause of disconnect, so that no path reconnects in step with a fleet. Its whole trick is to count those who were
/// turned away (the broker, or its system, answered: it is there, or will be soon) apart from those who were not answered in time (it has
/// more to do than it can, and every attempt adds to that).
/// Threads: one.
class ReconnectPlan {
public:
    ReconnectPlan(const BackoffConfig& config, base::Random& random) : config_(config), random_(random) {}

    /// The delay before the first attempt after start.
    [[nodiscard]] std::chrono::milliseconds first_delay();
    [[nodiscard]] std::chrono::milliseconds delay_after(const LinkEnd& end);
    /// How long a connection to a lesser endpoint is kept before the preferred one is tried again: 10 to 20 minutes.
    [[nodiscard]] std::chrono::milliseconds stay();
    /// Whether a connection that was of use for so long counts as stable.
    [[nodiscard]] bool is_stable(std::chrono::milliseconds up_for) const {
        return up_for > std::chrono::milliseconds(0) && up_for >= config_.min_stable;
    }
    /// The delay before sending again to a broker that is busy; at least 1 s (or `base`), and longer each time.
    [[nodiscard]] std::chrono::milliseconds pause();
    /// The broker took something: the next pause is short again.
    void flows() { pauses_ = 0; }
    /// Failures since the last stable connection, of those that retrying can mend.
    [[nodiscard]] std::uint32_t failures() const { return turned_away_ + unanswered_; }

private:
    void start_over();
    [[nodiscard]] std::chrono::milliseconds slow_delay(std::uint32_t attempt);

    BackoffConfig config_;
    base::Random& random_;
    // Since the last stable connection:
    std::uint32_t turned_away_ = 0;
    std::uint32_t unanswered_ = 0;
    std::uint32_t refusals_ = 0;
    std::uint32_t takeovers_ = 0;  // Since the last stable connection that ended for another reason.
    std::uint32_t pauses_ = 0;     // Since the broker took something.
};

/// Whether retrying cannot mend it: credentials, certificates, a client id that others use.
[[nodiscard]] bool is_refusal(Code code) noexcept;

}  // namespace muster::session
