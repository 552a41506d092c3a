// SPDX-License-Identifier: Apache-2.0
// PKCS#10 requests, judged.
#include "authority/request.hpp"

#include "authority/openssl.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>

#include <array>

namespace muster::testbroker::authority {
namespace {

constexpr int min_rsa_bits = 2'048;
constexpr int max_rsa_bits = 8'192;  // Checking a signature by a longer one costs more than a stranger should be able to ask for.

constexpr const char* cn_hint = "its one CN must be the device id, or the application's user name";

Error refuse(std::string why, std::string hint = {}) {
    ERR_clear_error();
    return {Code::invalid_argument, std::move(why), std::move(hint)};
}

Result<void> check_curve(const EVP_PKEY& key) {
    std::array<char, 64> name{};
    int is_explicit = 0;
    EVP_PKEY_get_int_param(&key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is_explicit);
    EVP_PKEY_get_group_name(&key, name.data(), name.size(), nullptr);
    const std::string_view curve = name.data();
    // RFC 5480, section 2.1.1: curves are named, never spelled out.
    if (is_explicit == 0 && (curve == "prime256v1" || curve == "secp384r1")) return {};
    return refuse("the request's key is on a curve that is not accepted", "use P-256 or P-384");
}

Result<void> check_rsa(const EVP_PKEY& key) {
    const int bits = EVP_PKEY_get_bits(&key);
    if (bits < min_rsa_bits) return refuse("the request's RSA key has " + std::to_string(bits) + " bits, less than 2048", "use P-256");
    if (bits > max_rsa_bits) return refuse("the request's RSA key has " + std::to_string(bits) + " bits, more than 8192", "use P-256");
    BIGNUM* exponent = nullptr;
    const bool read = EVP_PKEY_get_bn_param(&key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1;
    // 65537 and above: FIPS 186-4, appendix B.3.1. With an exponent of 1, anybody can sign.
    const bool is_strong = read && BN_num_bits(exponent) >= 17 && BN_is_odd(exponent) == 1;
    BN_free(exponent);
    if (!is_strong) return refuse("the request's RSA key has a weak public exponent", "use 65537");
    return {};
}

Result<void> check_key(const EVP_PKEY& key) {
    switch (EVP_PKEY_get_base_id(&key)) {
        case EVP_PKEY_EC:
            return check_curve(key);
        case EVP_PKEY_RSA:
            return check_rsa(key);
        case EVP_PKEY_ED25519:
            return {};
        default:
            return refuse("the request's key is of a type that is not accepted", "use P-256, P-384, Ed25519 or RSA of 2048 bits or more");
    }
}

Result<void> check_signature(X509_REQ& request, EVP_PKEY& key) {
    int digest = NID_undef;
    OBJ_find_sigid_algs(X509_REQ_get_signature_nid(&request), &digest, nullptr);
    if (digest == NID_sha1 || digest == NID_md5) return refuse("the request is signed with a broken hash", "use SHA-256");
    if (X509_REQ_verify(&request, &key) != 1)
        return refuse("the request's signature is not by its own key", "make the request again with the device's key");
    return {};
}

Result<void> check_common_name(const X509_REQ& request, std::string_view name) {
    const X509_NAME* subject = X509_REQ_get_subject_name(&request);
    const int first = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (first < 0) return refuse("the request's subject has no CN", cn_hint);
    if (X509_NAME_get_index_by_NID(subject, NID_commonName, first) >= 0)
        return refuse("the request's subject has more than one CN", cn_hint);
    const ASN1_STRING* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, first));
    const int type = ASN1_STRING_type(value);
    const bool is_text = type == V_ASN1_UTF8STRING || type == V_ASN1_PRINTABLESTRING || type == V_ASN1_IA5STRING;
    // By length, not up to a NUL: "press-01\0.evil" is another name.
    const std::string_view given(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                                 static_cast<std::size_t>(ASN1_STRING_length(value)));
    if (!is_text || given != name) return refuse("the request's CN is not the name that it is to be signed for", cn_hint);
    return {};
}

}  // namespace

Result<CertificateRequest> parse_request(std::string_view der, std::string_view name) {
    const auto request = from_der<Request>(&d2i_X509_REQ, der);
    if (!request) return refuse("the request is not one PKCS#10 request in DER");
    EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
    if (key == nullptr) return refuse("the request has no key that can be read");
    if (auto strong = check_key(*key); !strong) return std::move(strong).error();
    if (auto own = check_signature(*request, *key); !own) return std::move(own).error();
    if (auto named = check_common_name(*request, name); !named) return std::move(named).error();
    return CertificateRequest{std::string(name), to_der(&i2d_PUBKEY, key), sha256_hex(der)};
}

Result<std::string> request_in_pem(std::string_view pem) {
    const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    const Request request(PEM_read_bio_X509_REQ(bio.get(), nullptr, nullptr, nullptr));
    if (!request) return refuse("the text holds no PKCS#10 request in PEM", "make one with muster csr create");
    return to_der(&i2d_X509_REQ, request.get());
}

}  // namespace muster::testbroker::authority
