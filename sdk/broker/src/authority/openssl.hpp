// SPDX-License-Identifier: Apache-2.0
// OpenSSL's objects with owners, its error queue as Errors, and its encodings as strings.
#pragma once

#include <muster/result.hpp>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace muster::testbroker::authority {

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* owned) const {
        Free(owned);
    }
};

using Bio = std::unique_ptr<BIO, Freed<&BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<&EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<&X509_free>>;
using Request = std::unique_ptr<X509_REQ, Freed<&X509_REQ_free>>;

/// `code` with OpenSSL's own reason; empties its error queue.
[[nodiscard]] Error openssl_error(std::string what, Code code = Code::internal);
/// What is refused for another reason than OpenSSL's: its error queue is emptied all the same.
[[nodiscard]] Error refuse(std::string why, std::string hint = {}, Code code = Code::invalid_argument);

[[nodiscard]] inline const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

/// What one of OpenSSL's i2d functions writes.
template <class T, class Encode>
[[nodiscard]] std::string to_der(Encode encode, T* object) {
    unsigned char* data = nullptr;
    const int size = encode(object, &data);
    std::string der(reinterpret_cast<const char*>(data), size > 0 ? static_cast<std::size_t>(size) : 0);
    OPENSSL_free(data);
    return der;
}

/// What one of OpenSSL's d2i functions reads, if it is the whole text; null otherwise.
template <class Owner, class Decode>
[[nodiscard]] Owner from_der(Decode decode, std::string_view der) {
    const unsigned char* position = bytes_of(der);
    Owner object(decode(nullptr, &position, static_cast<long>(der.size())));
    if (position != bytes_of(der) + der.size()) object.reset();
    return object;
}

/// Everything written to a memory BIO.
[[nodiscard]] std::string text_of(BIO& bio);
[[nodiscard]] std::string to_pem(X509& certificate);

/// Lower-case hexadecimal SHA-256.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

/// Lower-case hexadecimal SHA-256 of a name's DER form.
[[nodiscard]] std::string name_sha256(const X509_NAME& name);

[[nodiscard]] std::chrono::system_clock::time_point time_of(const ASN1_TIME& time);

}  // namespace muster::testbroker::authority
