// SPDX-License-Identifier: Apache-2.0
// Certs-only PKCS#7 (RFC 5272, section 4.1; RFC 2315): what EST hands certificates out in.
#pragma once

#include "authority/openssl.hpp"

#include <vector>

namespace muster::testbroker::authority {

/// The certificates, in this order, as DER.
Result<std::string> make_certs_only(const std::vector<X509*>& certificates);

}  // namespace muster::testbroker::authority
