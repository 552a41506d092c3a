// SPDX-License-Identifier: Apache-2.0
// PKCS#10 certificate signing requests (RFC 2986).
#pragma once

#include "pki/openssl.hpp"

#include <muster/pki.hpp>

#include <string_view>

namespace muster::pki {

/// Whether `id` is what our CA puts into a CN: 1 to 64 of `[A-Za-z0-9._:-]`.
Result<void> check_device_id(std::string_view id);

/// A request with subject `CN=<device_id>`, signed by the key.
Result<Request> make_request(EVP_PKEY& key, std::string_view device_id);

/// A request for all these names. Fails with Code::invalid_argument if one of them is none.
Result<Request> make_request(EVP_PKEY& key, const RequestedNames& names);

/// A request for another certificate of the same name: subject and subjectAltName are those of `certificate`, as re-enrollment demands
/// (RFC 7030, section 4.2.2).
Result<Request> make_renewal_request(EVP_PKEY& key, const X509& certificate);

[[nodiscard]] std::string to_der(const X509_REQ& request);
/// Fails with Code::internal if OpenSSL does.
Result<std::string> to_pem(const X509_REQ& request);

/// Of its SubjectPublicKeyInfo, lower-case hexadecimal.
[[nodiscard]] std::string public_key_sha256(X509_REQ& request);

}  // namespace muster::pki
