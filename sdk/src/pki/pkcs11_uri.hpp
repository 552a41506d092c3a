// SPDX-License-Identifier: Apache-2.0
// PKCS#11 URIs (RFC 7512), and the PEM file that holds one in a key's place.
#pragma once

#include <muster/result.hpp>

#include <cstdint>
#include <filesystem>
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
    std::filesystem::path pin_source;  ///< The file with the PIN.
};

/// Whether a URI may say which file has the PIN. One that is kept, for others to use, may not.
enum class PinSource : std::uint8_t { refused, read };

/// Reads `pkcs11:token=...;object=...?module-path=...`. Fails with Code::invalid_argument: no token is named, the module's path is missing
/// or not absolute, an attribute is unknown, stands twice or is badly encoded, a `pin-source` is refused or no file; and always for a PIN
/// in the URI, where everybody can see it.
Result<Pkcs11Uri> parse_pkcs11_uri(std::string_view text, PinSource pin_source = PinSource::refused);
/// Without the PIN's file.
[[nodiscard]] std::string to_text(const Pkcs11Uri& uri);
/// Whether it is one, right or wrong, and not a file's name.
[[nodiscard]] bool is_pkcs11_uri(std::string_view name);

/// The file that pkcs11-provider and others read, too: PEM of a SEQUENCE of a fixed text and the URI.
Result<std::string> to_reference_pem(const Pkcs11Uri& uri);
/// The URI in such a file; none if it is another. Fails as parse_pkcs11_uri does, and with Code::corrupt.
Result<std::optional<Pkcs11Uri>> find_reference(std::string_view pem);

}  // namespace muster::pki
