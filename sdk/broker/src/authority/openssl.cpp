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

Error refuse(std::string why, std::string hint, Code code) {
    ERR_clear_error();
    return {code, std::move(why), std::move(hint)};
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

std::string name_sha256(const X509_NAME& name) {
    return sha256_hex(to_der(&i2d_X509_NAME, &name));
}

std::chrono::system_clock::time_point time_of(const ASN1_TIME& time) {
    using Clock = std::chrono::system_clock;
    std::tm parts{};
    ASN1_TIME_to_tm(&time, &parts);
    const std::time_t seconds = ::timegm(&parts);
    // The clock counts nanoseconds: 9999-12-31, which means "no end" (RFC 5280, section 4.1.2.5), is beyond it.
    if (seconds >= Clock::to_time_t(Clock::time_point::max())) return Clock::time_point::max();
    if (seconds <= Clock::to_time_t(Clock::time_point::min())) return Clock::time_point::min();
    return Clock::from_time_t(seconds);
}

}  // namespace muster::testbroker::authority
