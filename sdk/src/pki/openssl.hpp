// SPDX-License-Identifier: Apache-2.0
// OpenSSL's objects with owners, its error queue as text, and PEM and time in our own types.
#pragma once

#include <muster/result.hpp>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace muster::pki {

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* owned) const {
        Free(owned);
    }
};

using Bio = std::unique_ptr<BIO, Freed<&BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<&EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<&EVP_PKEY_CTX_free>>;
using Certificate = std::unique_ptr<X509, Freed<&X509_free>>;
using Request = std::unique_ptr<X509_REQ, Freed<&X509_REQ_free>>;

/// Code::internal (or `code`) with OpenSSL's own reason; empties its error queue.
[[nodiscard]] Error openssl_error(std::string what, Code code = Code::internal);

/// Leaves the error's message on this thread's queue, for whoever asks OpenSSL why: openssl_error(), take_tls_reason().
void raise(const Error& error);

/// What the number, and its text if the queue has one, say.
[[nodiscard]] std::string reason_of(unsigned long number, const char* text, int flags);

/// A read-only view of the text.
[[nodiscard]] Bio memory_bio(std::string_view text);
/// Everything written to a memory BIO.
[[nodiscard]] std::string text_of(BIO& bio);

/// A pem_password_cb that refuses: OpenSSL's own would ask on the terminal, and wait there.
int no_passphrase(char* buffer, int size, int writing, void* context);

/// Every certificate of a PEM text, in its order. Fails with Code::corrupt if there is none or one is damaged.
Result<std::vector<Certificate>> parse_certificates(std::string_view pem);
[[nodiscard]] std::string to_pem(const X509& certificate);
[[nodiscard]] std::string to_der(const X509& certificate);

/// The one CN of the subject; empty if there is none, more than one, or it holds a NUL.
[[nodiscard]] std::string common_name_of(const X509& certificate);

/// Hexadecimal in capitals, of an even length.
[[nodiscard]] std::string serial_of(const X509& certificate);

/// The nearest time that the clock can hold: "no well-defined expiration" is the year 9999 (RFC 5280, section 4.1.2.5), beyond its 2262.
[[nodiscard]] std::chrono::system_clock::time_point time_of(const ASN1_TIME& time);

/// What a key signs certificates and requests with; null for EdDSA, which hashes for itself (RFC 8410, section 3).
[[nodiscard]] const EVP_MD* signature_digest(const EVP_PKEY& key);

/// The 20 bytes of SHA-1, for protocols that have it where nothing depends on its strength.
[[nodiscard]] std::string sha1(std::string_view bytes);

/// Lower-case hexadecimal SHA-256.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

}  // namespace muster::pki
