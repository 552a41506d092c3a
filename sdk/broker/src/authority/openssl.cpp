// SPDX-License-Identifier: Apache-2.0
// OpenSSL's objects in our own types.
#include "authority/openssl.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>
#include <ctime>

namespace muster::testbroker::authority {

Error openssl_error(std::string what, Code code) {
    std::string reason;
    while (const auto number = ERR_get_error()) {
        const char* text = ERR_reason_error_string(number);
        reason = text == nullptr ? "error " + std::to_string(number) : text;  // The last one is the nearest to our call.
    }
    if (!reason.empty()) what += " (" + reason + ")";
    return {code, std::move(what)};
}

std::string text_of(BIO& bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(&bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string to_pem(X509& certificate) {
    const Bio bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(bio.get(), &certificate);
    return text_of(*bio);
}

std::string sha256_hex(std::string_view bytes) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::array<unsigned char, 32> digest{};
    EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
    std::string text;
    for (const unsigned byte : digest) {
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text;
}

std::chrono::system_clock::time_point time_of(const ASN1_TIME& time) {
    std::tm parts{};
    ASN1_TIME_to_tm(&time, &parts);
    return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

}  // namespace muster::testbroker::authority
