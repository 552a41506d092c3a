// SPDX-License-Identifier: Apache-2.0
// PKCS#11 URIs (RFC 7512), and the PEM file that holds one in a key's place.
#pragma once

#include <muster/result.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace muster::pki {

/// Which token, which key in it, and the library that speaks to it. What is empty is not looked at.
struct Pkcs11Uri {
    std::string token;  ///< The token's label.
    std::string manufacturer;
    std::string model;
    std::string serial;
    std::string id;      ///< CKA_ID, as bytes.
    std::string object;  ///< CKA_LABEL.
    std::string module_path;
};

/// Reads `pkcs11:token=...;object=...?module-path=...`. Fails with Code::invalid_argument: no token is named, the module's path is missing
/// or not absolute, an attribute is unknown, stands twice or is badly encoded; a PIN in the URI or beside it is refused, for it belongs
/// into the key password.
Result<Pkcs11Uri> parse_pkcs11_uri(std::string_view text);
[[nodiscard]] std::string to_text(const Pkcs11Uri& uri);

/// The file that pkcs11-provider and others read, too: PEM of a SEQUENCE of a fixed text and the URI.
Result<std::string> to_reference_pem(const Pkcs11Uri& uri);
/// The URI in such a file; none if it is another. Fails as parse_pkcs11_uri does, and with Code::corrupt.
Result<std::optional<Pkcs11Uri>> find_reference(std::string_view pem);

}  // namespace muster::pki
