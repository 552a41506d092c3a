// SPDX-License-Identifier: Apache-2.0
// OpenSSL's objects in our own types.
#include "pki/openssl.hpp"

#include "base/topic.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>
#include <ctime>
#include <utility>

namespace muster::pki {

Error openssl_error(std::string what, Code code) {
    std::string reason;
    const char* text = nullptr;
    int flags = 0;
    // The first is the cause nearest to us; the last is the root.
    while (const auto number = ERR_get_error_all(nullptr, nullptr, nullptr, &text, &flags)) reason = reason_of(number, text, flags);
    if (!reason.empty()) what += " (" + reason + ")";
    return {code, std::move(what)};
}

void raise(const Error& error) {
    ERR_raise_data(ERR_LIB_USER, ERR_R_OPERATION_FAIL, "%s", error.message().c_str());
}

std::string reason_of(unsigned long number, const char* text, int flags) {
    if (ERR_GET_LIB(number) == ERR_LIB_USER && (flags & ERR_TXT_STRING) != 0) return text;
    const char* reason = ERR_reason_error_string(number);
    return reason == nullptr ? "error " + std::to_string(number) : reason;
}

Bio memory_bio(std::string_view text) {
    return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string text_of(BIO& bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(&bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*context*/) {
    return -1;
}

Result<std::vector<Certificate>> parse_certificates(std::string_view pem) {
    const Bio bio = memory_bio(pem);
    std::vector<Certificate> certificates;
    while (Certificate certificate{PEM_read_bio_X509(bio.get(), nullptr, &no_passphrase, nullptr)})
        certificates.push_back(std::move(certificate));
    const auto error = ERR_peek_last_error();
    const bool at_end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
    if (!at_end) return openssl_error("certificate " + std::to_string(certificates.size() + 1) + " is damaged", Code::corrupt);
    ERR_clear_error();
    if (certificates.empty()) return Error{Code::corrupt, "there is no PEM certificate"};
    return certificates;
}

std::string to_pem(const X509& certificate) {
    const Bio bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(bio.get(), &certificate);
    return text_of(*bio);
}

std::string to_der(const X509& certificate) {
    unsigned char* data = nullptr;
    const int size = i2d_X509(&certificate, &data);
    std::string der(reinterpret_cast<const char*>(data), size > 0 ? static_cast<std::size_t>(size) : 0);
    OPENSSL_free(data);
    return der;
}

std::string serial_of(const X509& certificate) {
    BIGNUM* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(&certificate), nullptr);
    char* hex = BN_bn2hex(number);
    std::string text = hex == nullptr ? "" : hex;
    OPENSSL_free(hex);
    BN_free(number);
    return text;
}

std::string common_name_of(const X509& certificate) {
    const X509_NAME* subject = X509_get_subject_name(&certificate);
    const int first = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (first < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, first) >= 0) return {};
    const ASN1_STRING* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, first));
    unsigned char* data = nullptr;
    const int size = ASN1_STRING_to_UTF8(&data, value);
    std::string name(reinterpret_cast<const char*>(data), size > 0 ? static_cast<std::size_t>(size) : 0);
    OPENSSL_free(data);
    return base::is_mqtt_utf8(name) ? name : std::string();
}

std::chrono::system_clock::time_point time_of(const ASN1_TIME& time) {
    std::tm parts{};
    ASN1_TIME_to_tm(&time, &parts);
    using Clock = std::chrono::system_clock;
    const std::time_t seconds = ::timegm(&parts);
    if (seconds >= Clock::to_time_t(Clock::time_point::max())) return Clock::time_point::max();
    if (seconds <= Clock::to_time_t(Clock::time_point::min())) return Clock::time_point::min();
    return Clock::from_time_t(seconds);
}

const EVP_MD* signature_digest(const EVP_PKEY& key) {
    constexpr int p384_bits = 384;
    if (EVP_PKEY_is_a(&key, "ED25519") == 1 || EVP_PKEY_is_a(&key, "ED448") == 1) return nullptr;
    return EVP_PKEY_is_a(&key, "EC") == 1 && EVP_PKEY_get_bits(&key) >= p384_bits ? EVP_sha384() : EVP_sha256();
}

std::string sha1(std::string_view bytes) {
    std::array<char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &size, EVP_sha1(), nullptr);
    return {digest.data(), size};
}

std::string sha256_hex(std::string_view bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
    std::string text;
    for (unsigned i = 0; i < size; ++i) {
        text += digits[digest[i] >> 4U];
        text += digits[digest[i] & 15U];
    }
    return text;
}

}  // namespace muster::pki
