// SPDX-License-Identifier: Apache-2.0
// Which public keys are good enough to be certified.
#pragma once

#include <muster/result.hpp>

#include <openssl/evp.h>

#include <string>

namespace muster::testbroker::authority {

/// P-256, P-384, Ed25519, or RSA of 2048 to 8192 bits with a usual exponent and without the mark of ROCA (CVE-2017-15361).
/// Keys from Debian's broken OpenSSL of 2008 are not looked for: their lists are larger than the broker. Fails with Code::invalid_argument;
/// `whose` begins the sentence: "the request's". Threads: any.
Result<void> check_key(const EVP_PKEY& key, const std::string& whose);

}  // namespace muster::testbroker::authority
