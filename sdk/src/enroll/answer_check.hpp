// SPDX-License-Identifier: Apache-2.0
// Is what the EST server sent the certificate we asked for?
#pragma once

#include "base/clock.hpp"
#include "pki/openssl.hpp"

#include <string_view>
#include <vector>

namespace muster::est {

/// A checked answer: the device's certificate first, then its issuers, without a self-signed root.
using Chain = std::vector<pki::Certificate>;

/// Picks the certificate whose public key is `key`'s from `answer`, whatever its place, and checks all of it but who issued it: CN =
/// `device_id` and no other, valid at `now`, no CA. Fails with Code::corrupt, saying which check failed.
Result<pki::Certificate> check_own_certificate(const std::vector<pki::Certificate>& answer, EVP_PKEY& key, std::string_view device_id,
                                               base::WallTime now);

/// As check_own_certificate(), and clientAuth if its use is restricted, at most eight certificates, and a chain through `issuers` to
/// `anchors`.
Result<Chain> check_answer(const std::vector<pki::Certificate>& answer, const std::vector<pki::Certificate>& issuers,
                           const std::vector<pki::Certificate>& anchors, EVP_PKEY& key, std::string_view device_id, base::WallTime now);

}  // namespace muster::est
