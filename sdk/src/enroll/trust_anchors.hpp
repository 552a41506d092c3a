// SPDX-License-Identifier: Apache-2.0
// Whom to trust next: a new root beside the old one, until that expires.
#pragma once

#include "base/clock.hpp"
#include "pki/openssl.hpp"

#include <vector>

namespace muster::est {

/// The trust anchors of the next generation: those `in_use` that have not expired at `now` (all of them, if nothing would be
/// left: an empty set helps nobody), and of those `offered` every root that is worth it: self-signed, a CA by its basic constraints, its
/// signature good, not expired, a key of 112 bits of security at least. `offered` came over TLS that `in_use` vouched for, which is what
/// makes a new root acceptable (RFC 7030, section 4.1.1); a certificate of the server's that is no root is never an anchor.
[[nodiscard]] std::vector<pki::Certificate> next_trust_anchors(const std::vector<pki::Certificate>& in_use,
                                                               const std::vector<pki::Certificate>& offered, base::WallTime now);

}  // namespace muster::est
