// SPDX-License-Identifier: Apache-2.0
// Keys, certificate signing requests and certificates, as files and PEM text.
#pragma once

#include <muster/identity.hpp>
#include <muster/result.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace muster::pki {

enum class KeyType : std::uint8_t { ec_p256, ec_p384, rsa_2048, rsa_3072, rsa_4096, ed25519 };
enum class Overwrite : std::uint8_t { refuse, replace };

/// Creates a private key and writes it as PKCS#8 PEM with mode 0600, complete or not at all.
/// Fails with Code::conflict if `path` exists and `overwrite` is `refuse`, Code::io or Code::no_space if it cannot be written.
/// Threads: any.
Result<void> create_key(const std::filesystem::path& path, KeyType type = KeyType::ec_p256, Overwrite overwrite = Overwrite::refuse);

/// Makes a PKCS#10 request (RFC 2986) whose subject is `CN=<device_id>`, signed by the key in `key_path`, as PEM.
/// Fails with Code::invalid_argument if the id is not 1 to 64 bytes of `[A-Za-z0-9._:-]`, Code::not_found, Code::unsafe_file if others
/// can read the key, Code::corrupt if the file is no private key, Code::denied if `password` is missing or does not open it. Threads: any.
Result<std::string> create_csr(const std::filesystem::path& key_path, std::string_view device_id, const KeyPassword& password = {});

/// What a request asks to be named in its certificate. A CA takes of it what it will.
struct RequestedNames {
    std::string device_id;               ///< CN.
    std::string organization;            ///< O, 1 to 64 characters of UTF-8; empty: none.
    std::string organizational_unit;     ///< OU, likewise.
    std::vector<std::string> alt_names;  ///< `DNS:press-01.example`, `IP:192.0.2.1`, `URI:urn:example:press-01`.
};

/// As above, with more names: subject `O, OU, CN`, and subjectAltName by an extension request (RFC 2985). Fails also with
/// Code::invalid_argument if one of them is none. Threads: any.
Result<std::string> create_csr(const std::filesystem::path& key_path, const RequestedNames& names, const KeyPassword& password = {});

/// What a certificate says (RFC 5280).
struct CertificateInfo {
    std::string subject;      ///< For people: `CN=press-01`.
    std::string common_name;  ///< The single CN; empty if there is none, or more than one.
    std::string issuer;
    std::string serial_hex;
    std::chrono::system_clock::time_point not_before;
    std::chrono::system_clock::time_point not_after;
    std::string sha256;                          ///< Of the DER form, lower-case hexadecimal.
    std::string public_key_sha256;               ///< Of the SubjectPublicKeyInfo.
    std::vector<std::string> subject_alt_names;  ///< `DNS:localhost`, `IP:127.0.0.1`, `URI:urn:muster:acme:press-01`.
    bool is_ca = false;
    std::optional<int> path_length;       ///< Of a CA: how many CAs may follow below it; none: any number.
    std::vector<std::string> key_usages;  ///< As RFC 5280 names them: `digitalSignature`, `keyCertSign`; empty: all.
    std::string key_type;                 ///< As OpenSSL names it: `EC`, `RSA`, `ED25519`; empty: it cannot be read.
    int key_bits = 0;
    std::string pem;
};

/// Reads every certificate of a PEM file, in the file's order.
/// Fails with Code::not_found, or Code::corrupt if there is none or one of them is damaged. Threads: any.
Result<std::vector<CertificateInfo>> load_certificates(const std::filesystem::path& path);

/// Writes an identity's key and chain as a PKCS#12 file (RFC 7292) of mode 0600, whole or not at all: AES-256-CBC and HMAC-SHA-256, 100,000
/// rounds. `password` is the file's, `key_password` the key's, if it has one. Fails with Code::invalid_argument without `password`,
/// Code::not_found, Code::unsafe_file, Code::denied (the key's password), Code::corrupt, Code::conflict if key and certificate do not
/// belong together, Code::internal if the key cannot leave its token, Code::io, Code::no_space. Threads: any.
Result<void> store_pkcs12(const std::filesystem::path& path, const IdentityFiles& identity, const KeyPassword& password,
                          const KeyPassword& key_password = {});

/// The SHA-256 of a regular file of any size, in lower-case hexadecimal. Fails with Code::not_found, Code::io. Threads: any.
Result<std::string> sha256_of_file(const std::filesystem::path& path);

}  // namespace muster::pki
