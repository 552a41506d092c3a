// SPDX-License-Identifier: Apache-2.0
// Where private keys are made and kept: one seam for files and for devices that never give a key out.
#pragma once

#include <muster/identity.hpp>
#include <muster/pki.hpp>
#include <muster/result.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace muster::pki {

/// Makes keys. Each is known by its key file: a PEM file of mode 0600 which the calls of this library, and identity directories, take for
/// the key. What stands in it is the store's own affair.
/// Threads: any; a call may block.
class KeyStore {
public:
    KeyStore() = default;
    virtual ~KeyStore() = default;
    KeyStore(const KeyStore&) = delete;
    KeyStore& operator=(const KeyStore&) = delete;

    /// Makes a key, and its key file, complete or not at all; a power cut in between may leave a key in a token that nothing refers to.
    /// Fails with Code::invalid_argument if the store makes no keys of this type, Code::conflict if the file exists and `overwrite` is
    /// `refuse`, Code::io or Code::no_space if it cannot be written; of a token with Code::not_found (module or token), Code::conflict
    /// (more than one), Code::denied (PIN missing, wrong or locked) and Code::io; of a TPM with Code::not_found (it, or tpm2-openssl) and
    /// Code::io.
    virtual Result<void> create(const std::filesystem::path& key_file, KeyType type, Overwrite overwrite) = 0;
};

/// The store of this name:
///
/// - `file:` keeps the key, of any type, in its key file, as PKCS#8. With a password it is encrypted: PBES2 (RFC 8018) with AES-256-CBC and
///   PBKDF2-HMAC-SHA-256, 100,000 rounds; any OpenSSL reads it.
/// - `pkcs11:token=LABEL?module-path=PATH` (RFC 7512) makes it in a PKCS#11 token, which it never leaves; the password is the token's PIN.
///   The key file holds a reference, as pkcs11-provider reads it. `serial`, `manufacturer` and `model` may name the token as well, and
///   `object` labels the keys. It makes keys of P-256; RSA keys that are there can be used.
/// - `tpm2:` makes it, of P-256, in the machine's TPM 2, by way of tpm2-openssl. The key file holds it, encrypted by the TPM for itself
///   (`TSS2 PRIVATE KEY`), as other programs of tpm2-openssl read it; the password is the key's, of at most 32 bytes.
///
/// Obtains the password. Fails with Code::invalid_argument for any other name, or if the password is empty or longer than 1,023 bytes;
/// with Code::not_found, Code::unsafe_file or Code::io if its file cannot be read; as `ask` does. Threads: any.
Result<std::unique_ptr<KeyStore>> open_key_store(std::string_view name, const KeyPassword& password = {});

/// Whether the key of a key file opens only with a password or a PIN: it is encrypted, or refers to a token's. So does the key that a
/// PKCS#11 URI in the file's place names, unless its `pin-source` has the PIN. A TPM's key may have a password or not, which only the TPM
/// can tell: false. Fails with Code::not_found, Code::unsafe_file, Code::io, Code::invalid_argument (the URI). Threads: any.
Result<bool> needs_password(const std::filesystem::path& key_file);

/// A key in a token, for whoever takes the content of key files.
struct KeyReference {
    std::string pem;                 ///< As such a file would hold it; without a secret.
    std::filesystem::path pin_file;  ///< The URI's `pin-source`; empty: it has none.
};

/// Of the key that a PKCS#11 URI names. Fails with Code::invalid_argument for a wrong one. Threads: any.
Result<KeyReference> refer_to_key(std::string_view uri);

}  // namespace muster::pki
