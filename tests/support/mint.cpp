// SPDX-License-Identifier: Apache-2.0
// Certificates of every kind, made on the spot.
#include "support/mint.hpp"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <cstddef>
#include <stdexcept>

namespace muster::test {
namespace {

using BioHandle = std::unique_ptr<BIO, decltype(&BIO_free_all)>;

BioHandle memory() {
    return {BIO_new(BIO_s_mem()), &BIO_free_all};
}

std::string text_of(const BioHandle& bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

void require(bool succeeded, const char* what) {
    if (!succeeded) throw std::runtime_error(std::string("the test cannot mint: ") + what);
}

void add_extension(X509& certificate, X509* issuer, int nid, const std::string& value) {
    if (value.empty()) return;
    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuer, &certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    require(extension != nullptr, "extension");
    X509_add_ext(&certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

void add_unknown_extension(X509& certificate, const std::string& value) {
    if (value.empty()) return;
    X509_EXTENSION* extension = X509V3_EXT_conf(nullptr, nullptr, "1.3.6.1.4.1.99999.1", value.c_str());
    require(extension != nullptr, "extension");
    X509_add_ext(&certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

void set_times(X509& certificate, const CertificateSpec& spec) {
    using Clock = std::chrono::system_clock;
    ASN1_TIME_set(X509_getm_notBefore(&certificate), Clock::to_time_t(spec.starts));
    if (spec.ends == Clock::time_point::max()) {
        ASN1_TIME_set_string_X509(X509_getm_notAfter(&certificate), "99991231235959Z");
    } else {
        ASN1_TIME_set(X509_getm_notAfter(&certificate), Clock::to_time_t(spec.ends));
    }
}

// One element of BER with a definite length.
struct Element {
    std::size_t header = 0;
    std::size_t content = 0;
};

Element element_at(const std::string& der, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(der.at(i))); };
    if (byte(at + 1) < 0x80U) return {2, byte(at + 1)};
    const std::size_t count = byte(at + 1) & 0x7FU;
    std::size_t length = 0;
    for (std::size_t i = 0; i < count; ++i) length = (length << 8U) | byte(at + 2 + i);
    return {2 + count, length};
}

std::string open_lengths(const std::string& der, int levels) {
    std::string ber;
    for (std::size_t at = 0; at < der.size();) {
        const Element element = element_at(der, at);
        const bool is_constructed = (static_cast<unsigned char>(der[at]) & 0x20U) != 0;
        if (is_constructed && levels > 0) {
            ber += der[at];
            ber += '\x80';
            ber += open_lengths(der.substr(at + element.header, element.content), levels - 1);
            ber += std::string(2, '\0');
        } else {
            ber += der.substr(at, element.header + element.content);
        }
        at += element.header + element.content;
    }
    return ber;
}

}  // namespace

KeyHandle mint_key(const char* type) {
    const std::string name = type;
    EVP_PKEY* key = nullptr;
    if (name.rfind("P-", 0) == 0) key = EVP_EC_gen(type);
    if (name == "RSA") key = EVP_RSA_gen(2048);
    if (name == "RSA-1024") key = EVP_RSA_gen(1024);
    if (key == nullptr) key = EVP_PKEY_Q_keygen(nullptr, nullptr, type);
    require(key != nullptr, type);
    return {key, &EVP_PKEY_free};
}

Minted mint(const CertificateSpec& spec, const Minted* issuer, KeyHandle key) {
    if (!key) key = mint_key();
    const CertificateHandle certificate(X509_new(), &X509_free);
    X509* raw = certificate.get();
    X509_set_version(raw, X509_VERSION_3);
    unsigned char serial[16];
    RAND_bytes(serial, sizeof serial);
    BIGNUM* number = BN_bin2bn(serial, sizeof serial, nullptr);
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(raw));
    BN_free(number);
    set_times(*raw, spec);
    X509_NAME* subject = X509_get_subject_name(raw);
    for (const auto& name : spec.common_names) {
        const auto* text = reinterpret_cast<const unsigned char*>(name.data());
        X509_NAME_add_entry_by_NID(subject, NID_commonName, spec.name_type, text, static_cast<int>(name.size()), -1, 0);
    }
    X509* signer = issuer == nullptr ? raw : issuer->certificate.get();
    X509_set_issuer_name(raw, X509_get_subject_name(signer));
    X509_set_pubkey(raw, key.get());
    const std::string constraints = spec.is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE";
    const std::string usage = spec.is_ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature";
    add_extension(*raw, signer, NID_basic_constraints, spec.basic_constraints.empty() ? constraints : spec.basic_constraints);
    add_extension(*raw, signer, NID_key_usage, spec.key_usage.empty() ? usage : spec.key_usage == "none" ? "" : spec.key_usage);
    add_unknown_extension(*raw, spec.unknown_extension);
    add_extension(*raw, signer, NID_ext_key_usage, spec.extended_key_usage);
    add_extension(*raw, signer, NID_subject_alt_name, spec.subject_alt_name);
    add_extension(*raw, signer, NID_subject_key_identifier, "hash");
    EVP_PKEY* signing_key = issuer == nullptr ? key.get() : issuer->key.get();
    const EVP_MD* digest = EVP_PKEY_get_base_id(signing_key) == EVP_PKEY_ED25519 ? nullptr : EVP_get_digestbyname(spec.digest);
    require(X509_sign(raw, signing_key, digest) > 0, "signature");
    return {std::move(key), certificate};
}

Minted mint_ca(const std::string& name, const Minted* issuer) {
    CertificateSpec spec;
    spec.common_names = {name};
    spec.is_ca = true;
    spec.extended_key_usage.clear();
    return mint(spec, issuer);
}

CertificateHandle sign_request(const std::string& request_der, const Minted& issuer, CertificateSpec spec) {
    const auto* data = reinterpret_cast<const unsigned char*>(request_der.data());
    const std::unique_ptr<X509_REQ, decltype(&X509_REQ_free)> request(d2i_X509_REQ(nullptr, &data, static_cast<long>(request_der.size())),
                                                                      &X509_REQ_free);
    if (!request || X509_REQ_verify(request.get(), X509_REQ_get0_pubkey(request.get())) != 1) return nullptr;
    return mint(spec, &issuer, KeyHandle(X509_REQ_get_pubkey(request.get()), &EVP_PKEY_free)).certificate;
}

std::string pem_of(const CertificateHandle& certificate) {
    const BioHandle bio = memory();
    PEM_write_bio_X509(bio.get(), certificate.get());
    return text_of(bio);
}

std::string pem_of(const KeyHandle& key) {
    const BioHandle bio = memory();
    PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return text_of(bio);
}

std::string der_of(const KeyHandle& key) {
    const BioHandle bio = memory();
    i2d_PKCS8PrivateKey_bio(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return text_of(bio);
}

std::string pkcs7_of(const std::vector<CertificateHandle>& certificates) {
    const std::unique_ptr<PKCS7, decltype(&PKCS7_free)> message(PKCS7_new(), &PKCS7_free);
    PKCS7_set_type(message.get(), NID_pkcs7_signed);
    PKCS7_content_new(message.get(), NID_pkcs7_data);
    PKCS7_set_detached(message.get(), 1);
    for (const auto& certificate : certificates) require(PKCS7_add_certificate(message.get(), certificate.get()) == 1, "PKCS#7");
    const BioHandle bio = memory();
    i2d_PKCS7_bio(bio.get(), message.get());
    return text_of(bio);
}

std::string with_open_lengths(const std::string& pkcs7_der) {
    return open_lengths(pkcs7_der, 4);
}

}  // namespace muster::test
