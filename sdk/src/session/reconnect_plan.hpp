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

/// One plan for every cause of disconnect, so that no path reconnects in step with a fleet.
/// Threads: one.
class ReconnectPlan {
public:
    ReconnectPlan(const BackoffConfig& config, std::size_t endpoints, base::Random& random)
        : config_(config), endpoints_(endpoints), random_(random) {}

    /// The delay before the first attempt after start.
    [[nodiscard]] std::chrono::milliseconds first_delay();
    /// The delay after an attempt that did not connect, or a connection that lasted `up_for` and ended for `why`.
    [[nodiscard]] std::chrono::milliseconds delay_after(Code why, std::chrono::milliseconds up_for);
    /// The delay before sending to a broker that is busy.
    [[nodiscard]] std::chrono::milliseconds pause();
    [[nodiscard]] std::size_t endpoint() const { return endpoint_; }
    [[nodiscard]] std::uint32_t attempt() const { return attempt_; }

private:
    BackoffConfig config_;
    std::size_t endpoints_;
    base::Random& random_;
    std::size_t endpoint_ = 0;
    std::uint32_t attempt_ = 0;
};

/// Whether retrying cannot mend it: credentials, certificates, a client id that others use.
[[nodiscard]] bool is_refusal(Code code) noexcept;

}  // namespace muster::session
