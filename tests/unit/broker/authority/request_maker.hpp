// SPDX-License-Identifier: Apache-2.0
// PKCS#10 requests of every kind, good and bad, made with OpenSSL alone.
#pragma once

#include "support/mint.hpp"

#include <string>
#include <vector>

namespace muster::test {

struct RequestSpec {
    std::vector<std::string> common_names{"press-01"};
    std::string organization;  ///< An attribute of the subject that is not a CN.
    int name_type = V_ASN1_UTF8STRING;
    KeyHandle key;          ///< None: a new P-256 key.
    KeyHandle signing_key;  ///< None: `key`, as it must be.
    const char* digest = "SHA256";
    bool asks_for_ca = false;  ///< Asks for CA:TRUE, keyCertSign and a subjectAltName.
};

/// As DER.
[[nodiscard]] std::string make_request(const RequestSpec& spec = {});

[[nodiscard]] KeyHandle make_rsa_key(unsigned bits, unsigned exponent = 65'537);
/// A public key of these numbers, of which nobody knows the private half.
[[nodiscard]] KeyHandle make_rsa_public_key(unsigned bits, unsigned exponent);
/// `is_explicit`: the curve is spelled out by its parameters instead of named.
[[nodiscard]] KeyHandle make_ec_key(const char* curve, bool is_explicit = false);

/// What a shell command printed (standard error as well), and its exit status.
struct CommandResult {
    int status = -1;
    std::string output;
};
[[nodiscard]] CommandResult run_command(const std::string& command);

}  // namespace muster::test
