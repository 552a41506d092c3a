// SPDX-License-Identifier: Apache-2.0
// When a certificate that is watched is renewed: certificates and times go in, a time to wait comes out.
#pragma once

#include "commands/expires_in.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace muster::cli {

/// Certificates that were issued in one hour are not all renewed in one: each has a place of its own within the splay, which depends on the
/// certificate alone and so survives a restart. Whatever happens, a minute passes from one renewal to the next.
class WatchPlan {
public:
    using WallTime = std::chrono::system_clock::time_point;
    using SteadyTime = std::chrono::steady_clock::time_point;
    struct Moment {
        SteadyTime steady;
        WallTime wall;
    };

    /// Without `splay` renewals are spread over a tenth of the certificate's life, or over half of what is left when it is due.
    WatchPlan(ExpiresIn expires_in, std::optional<std::chrono::milliseconds> splay) : expires_in_(expires_in), splay_(splay) {}

    [[nodiscard]] WallTime due(const pki::CertificateInfo& certificate) const;
    /// An hour at most, so that a clock that was set and a certificate that was replaced are noticed; zero: it is to be renewed now.
    [[nodiscard]] std::chrono::milliseconds wait(const pki::CertificateInfo& certificate, Moment now) const;
    /// Renew it without waiting until it is due.
    void renew_now() { is_wanted_ = true; }

    void renewed(SteadyTime now);
    /// The wait that follows: a minute, then longer each time, to an hour or a twentieth of the certificate's life. `draw` is from 0 to 1.
    std::chrono::milliseconds failed(const pki::CertificateInfo& certificate, double draw, SteadyTime now);

private:
    ExpiresIn expires_in_;
    std::optional<std::chrono::milliseconds> splay_;
    std::optional<SteadyTime> not_before_;  // Nothing is begun earlier.
    std::uint32_t failures_ = 0;
    bool is_wanted_ = false;
};

}  // namespace muster::cli
