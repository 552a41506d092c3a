// SPDX-License-Identifier: Apache-2.0
// A CA's key and certificate as files: loaded with every check, or made.
#pragma once

#include "authority/certificate.hpp"
#include "registry/registry.hpp"

#include <muster/testbroker/certificates.hpp>

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

namespace muster::testbroker::authority {

/// A CA, ready to sign. Immutable.
struct Issuer {
    Key key;
    Certificate certificate;
    std::string pem;
    std::string sha256;
    base::WallTime not_after;

    [[nodiscard]] Signer signer() const { return {*certificate, *key}; }
};

/// What a CA is to be, if it is not there yet.
struct CaPlan {
    std::vector<std::pair<int, std::string>> subject;
    long path_length = 0;
    std::chrono::hours lifetime{};   ///< At most as long as its signer's.
    const Issuer* signer = nullptr;  ///< None: a root.
    KeyType key_type = KeyType::p256;
    registry::Registry* log = nullptr;  ///< Where it is written down before it is signed. None: nowhere, for tests of the files alone.
    std::string tenant = {};            ///< Whose it is, for the log.
};

/// Reads a key of mode 0600, of whatever type, or makes one of this type there. Fails with Code::corrupt, Code::unsafe_file, Code::io,
/// Code::no_space.
Result<Key> ensure_key(const std::filesystem::path& path, KeyType type = KeyType::p256);

constexpr const char* ca_profile = "ca";  ///< In the log of issuances.

/// As the log of issuances has it.
[[nodiscard]] registry::OwnCertificate describe_own(const X509& certificate, std::string_view tenant, const char* profile);

/// The one certificate of a PEM file. Fails with Code::not_found, Code::corrupt, Code::io.
Result<Certificate> load_certificate(const std::filesystem::path& path);

/// Loads `<directory>/<name>.key` and `.pem`. Fails with Code::not_found, Code::corrupt (damaged, not belonging together, not signed by
/// `signer`), Code::expired, Code::unsafe_file, Code::io.
Result<Issuer> load_ca(const std::filesystem::path& directory, const std::string& name, const Issuer* signer, base::WallTime now);

/// As load_ca, but makes what is not there, and sees to it that it is in the log. Two calls at once end with the same CA.
Result<Issuer> ensure_ca(const std::filesystem::path& directory, const std::string& name, const CaPlan& plan, base::WallTime now);

}  // namespace muster::testbroker::authority
