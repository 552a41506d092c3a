// SPDX-License-Identifier: Apache-2.0
// When to try again, and where.
#pragma once

#include "base/random.hpp"

#include <muster/device_config.hpp>
#include <muster/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace muster::session {

/// One plan for every cause of disconnect, so that no path reconnects in step with a fleet. An endpoint is kept while it is healthy: until
/// an attempt fails there, or a connection that was not stable ends.
/// Threads: one.
class ReconnectPlan {
public:
    ReconnectPlan(const BackoffConfig& config, std::size_t endpoints, base::Random& random)
        : config_(config), endpoints_(endpoints), random_(random) {}

    /// The delay before the first attempt after start.
    [[nodiscard]] std::chrono::milliseconds first_delay();
    /// The delay after an attempt that did not connect, or a connection that was of use for `up_for` and ended for `why`.
    [[nodiscard]] std::chrono::milliseconds delay_after(Code why, std::chrono::milliseconds up_for);
    /// The delay before sending again to a broker that is busy; at least `base`, and longer each time.
    [[nodiscard]] std::chrono::milliseconds pause();
    /// The broker took something: the next pause is short again.
    void flows() { pauses_ = 0; }
    [[nodiscard]] std::size_t endpoint() const { return endpoint_; }
    [[nodiscard]] std::uint32_t attempt() const { return attempt_; }

private:
    BackoffConfig config_;
    std::size_t endpoints_;
    base::Random& random_;
    std::size_t endpoint_ = 0;
    std::uint32_t attempt_ = 0;
    std::uint32_t takeovers_ = 0;  // Since the last stable connection that ended for another reason.
    std::uint32_t pauses_ = 0;     // Since the broker took something.
};

/// Whether retrying cannot mend it: credentials, certificates, a client id that others use.
[[nodiscard]] bool is_refusal(Code code) noexcept;

}  // namespace muster::session
