// SPDX-License-Identifier: Apache-2.0
// What keys, requests and chains are, for people and scripts that look at them.
#pragma once

#include <muster/identity.hpp>
#include <muster/pki.hpp>
#include <muster/result.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace muster::pki {

struct KeyInfo {
    std::string type;  ///< As OpenSSL names it: `EC`, `RSA`, `ED25519`.
    int bits = 0;
    int security_bits = 0;          ///< NIST SP 800-57: 128 for P-256, 112 for RSA with 2048 bits.
    std::string public_key_sha256;  ///< Of the SubjectPublicKeyInfo, as CertificateInfo has it.
    std::string public_pem;
};

/// Reads a private key. Fails with Code::not_found, Code::unsafe_file, Code::corrupt, Code::denied (the password). Threads: any.
Result<KeyInfo> inspect_key(const std::filesystem::path& path, const KeyPassword& password = {});

struct RequestInfo {
    std::string subject;
    KeyInfo key;
    bool is_signed_by_key = false;
};

/// Reads a PKCS#10 request in PEM. Fails with Code::corrupt. Threads: any.
Result<RequestInfo> inspect_request(std::string_view pem);

/// Whether a request can ask for these names: fails with Code::invalid_argument as create_csr() does, before there is a key. Threads: any.
Result<void> check_names(const RequestedNames& names);

enum class Purpose : std::uint8_t { any, client, server };

struct ChainOptions {
    std::filesystem::path trust_anchors;  ///< PEM; the system's are not believed.
    std::filesystem::path crl;            ///< PEM; empty: revocation is not looked at.
    std::string host;                     ///< A name or an address that the certificate must be good for; empty: none.
    Purpose purpose = Purpose::any;
    std::optional<std::chrono::system_clock::time_point> at;  ///< None: now.
    bool looks_at_time = true;                                ///< Without it a chain is good whenever it is valid.
};

struct ChainVerdict {
    bool is_good = false;
    int depth = 0;        ///< Of the certificate that is wrong; 0 is the file's first.
    std::string subject;  ///< Its subject.
    std::string reason;   ///< What is wrong with it.
};

/// Judges the first certificate of a PEM file; the others may be its issuers. Fails with Code::not_found and Code::corrupt for the files.
/// Threads: any.
Result<ChainVerdict> verify_chain(const std::filesystem::path& file, const ChainOptions& options);

}  // namespace muster::pki
