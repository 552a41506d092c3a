// SPDX-License-Identifier: Apache-2.0
// One renewal, from the certificate in use to a candidate beside it.
#pragma once

#include "base/clock.hpp"
#include "enroll/generations.hpp"

#include <muster/est_observer.hpp>
#include <muster/result.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

namespace muster::est {

struct RenewRequest {
    std::string est_url;
    std::filesystem::path identity_dir;
    std::filesystem::path trust_anchors;  ///< Empty: `ca.pem` of the generation in use.
    NextKey next_key = NextKey::renewed;
    std::chrono::milliseconds timeout{30'000};
    const std::atomic<bool>* is_cancelled = nullptr;  ///< Borrowed for the call.
    const base::Secret* key_password = nullptr;       ///< May be null; borrowed for the call.
    EstObserver* observer = nullptr;                  ///< Borrowed for the call.
};

struct RenewOutcome {
    Result<Generation> candidate;
    std::chrono::seconds retry_after{0};  ///< When the server wants to be asked again; 0: it did not say.
};

/// Renews by `simplereenroll` (RFC 7030, section 4.2.2): shows the certificate in use by mutual TLS, asks for one of the same name, checks
/// the answer as enroll() does, and stores it as a candidate (see Generations). Nothing of the identity in use changes. Fails as enroll()
/// does, and with Code::stopped. Threads: any; blocks.
RenewOutcome renew(const RenewRequest& request, base::WallTime now);

}  // namespace muster::est
