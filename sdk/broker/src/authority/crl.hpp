// SPDX-License-Identifier: Apache-2.0
// Certificate revocation lists (RFC 5280, section 5).
#pragma once

#include "authority/certificate.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace muster::testbroker::authority {

struct RevokedSerial {
    std::string serial_hex;
    base::WallTime at;
    long reason = 0;  ///< As RFC 5280, section 5.3.1, numbers them; 0, unspecified, is left out.
};

constexpr std::chrono::hours crl_lifetime(24);

/// A CRL as DER, good for crl_lifetime from `now`. Its number is the time in milliseconds, so that it grows without being stored.
Result<std::string> make_crl(const Signer& signer, const std::vector<RevokedSerial>& revoked, base::WallTime now);

/// Fails with Code::invalid_argument unless it is `http://HOST[:PORT]`, to which a path can be added, or empty. Not https: whoever needs
/// the CRL to verify its server would never get it (RFC 5280, section 8).
Result<void> check_crl_base(std::string_view url);

}  // namespace muster::testbroker::authority
