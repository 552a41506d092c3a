// SPDX-License-Identifier: Apache-2.0
// When a certificate that is watched is renewed.
#include "renewal/watch_plan.hpp"

#include <algorithm>
#include <cstdlib>

namespace muster::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds least_gap{60'000};
constexpr milliseconds most_delay{3'600'000};
// Of a certificate's life, so that a short-lived one is not lost to a long delay.
constexpr int delays_per_lifetime = 20;
constexpr int splays_per_lifetime = 10;

milliseconds lifetime_of(const pki::CertificateInfo& certificate) {
    return std::max(milliseconds(0), std::chrono::duration_cast<milliseconds>(certificate.not_after - certificate.not_before));
}

// From 0 to 1, evenly over certificates.
double place_of(const pki::CertificateInfo& certificate) {
    constexpr int digits = 8;
    constexpr int base = 16;
    constexpr double all = 4'294'967'295.0;  // 16^8 - 1
    return static_cast<double>(std::strtoull(certificate.sha256.substr(0, digits).c_str(), nullptr, base)) / all;
}

milliseconds share_of(milliseconds whole, double share) {
    return milliseconds(static_cast<milliseconds::rep>(static_cast<double>(whole.count()) * share));
}

}  // namespace

WatchPlan::WallTime WatchPlan::due(const pki::CertificateInfo& certificate) const {
    const auto earliest = expires_in_.due(certificate);
    const auto left = std::chrono::duration_cast<milliseconds>(certificate.not_after - earliest);
    const auto spread =
        splay_.value_or(std::clamp(lifetime_of(certificate) / splays_per_lifetime, milliseconds(0), std::max(left / 2, milliseconds(0))));
    return earliest + share_of(spread, place_of(certificate));
}

milliseconds WatchPlan::wait(const pki::CertificateInfo& certificate, Moment now) const {
    const auto until_due = is_wanted_ ? milliseconds(0) : std::chrono::ceil<milliseconds>(due(certificate) - now.wall);
    const auto until_allowed = not_before_ ? std::chrono::ceil<milliseconds>(*not_before_ - now.steady) : milliseconds(0);
    return std::clamp(std::max(until_due, until_allowed), milliseconds(0), most_delay);
}

void WatchPlan::renewed(SteadyTime now) {
    is_wanted_ = false;
    failures_ = 0;
    not_before_ = now + least_gap;
}

milliseconds WatchPlan::failed(const pki::CertificateInfo& certificate, double draw, SteadyTime now) {
    constexpr std::uint32_t most_doublings = 6;  // Beyond an hour.
    const auto cap = std::clamp(lifetime_of(certificate) / delays_per_lifetime, least_gap, most_delay);
    const auto longest = std::min(cap, least_gap * (1U << std::min(failures_++, most_doublings)));
    const auto delay = least_gap + share_of(longest, draw);
    not_before_ = now + delay;
    return delay;
}

}  // namespace muster::cli
