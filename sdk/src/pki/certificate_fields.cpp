// SPDX-License-Identifier: Apache-2.0
// The fields that every certificate has which the SDK makes.
#include "pki/certificate_fields.hpp"

#include <openssl/bn.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

namespace muster::pki {
namespace {

using BigNumber = std::unique_ptr<BIGNUM, Freed<&BN_free>>;
using BitString = std::unique_ptr<ASN1_BIT_STRING, Freed<&ASN1_BIT_STRING_free>>;
using OctetString = std::unique_ptr<ASN1_OCTET_STRING, Freed<&ASN1_OCTET_STRING_free>>;
using AuthorityKeyId = std::unique_ptr<AUTHORITY_KEYID, Freed<&AUTHORITY_KEYID_free>>;

}  // namespace

bool add_extension(X509& certificate, int nid, void* value, bool is_critical) {
    return value != nullptr && X509_add1_ext_i2d(&certificate, nid, value, is_critical ? 1 : 0, X509V3_ADD_DEFAULT) == 1;
}

bool set_serial(X509& certificate) {
    constexpr int serial_bits = 159;
    const BigNumber number(BN_new());
    return number && BN_priv_rand(number.get(), serial_bits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 && !BN_is_zero(number.get()) &&
           BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(&certificate)) != nullptr;
}

bool set_times(X509& certificate, std::chrono::system_clock::time_point begin, std::chrono::system_clock::time_point end) {
    using std::chrono::system_clock;
    return ASN1_TIME_set(X509_getm_notBefore(&certificate), system_clock::to_time_t(begin)) != nullptr &&
           ASN1_TIME_set(X509_getm_notAfter(&certificate), system_clock::to_time_t(end)) != nullptr;
}

bool set_names(X509& certificate, const X509& ca, std::string_view name) {
    const auto* text = reinterpret_cast<const unsigned char*>(name.data());
    X509_NAME* subject = X509_get_subject_name(&certificate);
    return X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8, text, static_cast<int>(name.size()), -1, 0) == 1 &&
           X509_set_issuer_name(&certificate, X509_get_subject_name(&ca)) == 1;
}

bool add_key_usage(X509& certificate, std::initializer_list<KeyUsage> usages) {
    const BitString bits(ASN1_BIT_STRING_new());
    const bool is_set = std::all_of(usages.begin(), usages.end(), [&bits](KeyUsage usage) {
        return ASN1_BIT_STRING_set_bit(bits.get(), static_cast<int>(usage), 1) == 1;
    });
    return is_set && add_extension(certificate, NID_key_usage, bits.get(), true);
}

// RFC 7093, section 2, method 1: the leftmost 160 bits of SHA-256 over the public key.
bool add_key_ids(X509& certificate, const X509& ca) {
    constexpr int key_id_bytes = 20;
    std::array<unsigned char, 32> digest{};
    const OctetString key_id(ASN1_OCTET_STRING_new());
    const bool has_own = X509_pubkey_digest(&certificate, EVP_sha256(), digest.data(), nullptr) == 1 &&
                         ASN1_OCTET_STRING_set(key_id.get(), digest.data(), key_id_bytes) == 1 &&
                         add_extension(certificate, NID_subject_key_identifier, key_id.get(), false);
    const AuthorityKeyId authority(AUTHORITY_KEYID_new());
    authority->keyid = static_cast<ASN1_OCTET_STRING*>(X509_get_ext_d2i(&ca, NID_subject_key_identifier, nullptr, nullptr));
    // A CA without an SKI is out of the ordinary, and can be found by its name.
    return has_own && (authority->keyid == nullptr || add_extension(certificate, NID_authority_key_identifier, authority.get(), false));
}

}  // namespace muster::pki
