// SPDX-License-Identifier: Apache-2.0
// An X.509 end-entity certificate, built.
#include "pki/issued_certificate.hpp"

#include <openssl/bn.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

namespace muster::pki {
namespace {

using BigNumber = std::unique_ptr<BIGNUM, Freed<&BN_free>>;
using BitString = std::unique_ptr<ASN1_BIT_STRING, Freed<&ASN1_BIT_STRING_free>>;
using ExtendedKeyUsage = std::unique_ptr<EXTENDED_KEY_USAGE, Freed<&EXTENDED_KEY_USAGE_free>>;
using BasicConstraints = std::unique_ptr<BASIC_CONSTRAINTS, Freed<&BASIC_CONSTRAINTS_free>>;
using OctetString = std::unique_ptr<ASN1_OCTET_STRING, Freed<&ASN1_OCTET_STRING_free>>;
using AuthorityKeyId = std::unique_ptr<AUTHORITY_KEYID, Freed<&AUTHORITY_KEYID_free>>;
using GeneralNames = std::unique_ptr<GENERAL_NAMES, Freed<&GENERAL_NAMES_free>>;

bool add(X509& certificate, int nid, void* value, bool is_critical) {
    return value != nullptr && X509_add1_ext_i2d(&certificate, nid, value, is_critical ? 1 : 0, X509V3_ADD_DEFAULT) == 1;
}

bool set_serial(X509& certificate) {
    constexpr int serial_bits = 159;
    const BigNumber number(BN_new());
    return number && BN_priv_rand(number.get(), serial_bits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 && !BN_is_zero(number.get()) &&
           BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(&certificate)) != nullptr;
}

bool set_times(X509& certificate, const X509& ca, std::chrono::seconds lifetime) {
    using std::chrono::system_clock;
    constexpr std::chrono::hours backdate(1);  // For devices with slow clocks.
    const auto now = system_clock::now();
    const auto begin = std::max(now - backdate, time_of(*X509_get0_notBefore(&ca)));
    const auto end = std::min(now + std::chrono::duration_cast<system_clock::duration>(lifetime), time_of(*X509_get0_notAfter(&ca)));
    return ASN1_TIME_set(X509_getm_notBefore(&certificate), system_clock::to_time_t(begin)) != nullptr &&
           ASN1_TIME_set(X509_getm_notAfter(&certificate), system_clock::to_time_t(end)) != nullptr;
}

bool set_names(X509& certificate, const X509& ca, std::string_view name) {
    const auto* text = reinterpret_cast<const unsigned char*>(name.data());
    X509_NAME* subject = X509_get_subject_name(&certificate);
    return X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8, text, static_cast<int>(name.size()), -1, 0) == 1 &&
           X509_set_issuer_name(&certificate, X509_get_subject_name(&ca)) == 1;
}

bool add_usage(X509& certificate, Profile profile) {
    constexpr int digital_signature = 0;  // Bit number of RFC 5280, section 4.2.1.3.
    const BasicConstraints constraints(BASIC_CONSTRAINTS_new());
    const BitString usage(ASN1_BIT_STRING_new());
    const ExtendedKeyUsage extended(EXTENDED_KEY_USAGE_new());
    ASN1_OBJECT* purpose = OBJ_nid2obj(profile == Profile::server ? NID_server_auth : NID_client_auth);  // Static; nothing to free.
    return add(certificate, NID_basic_constraints, constraints.get(), true) &&
           ASN1_BIT_STRING_set_bit(usage.get(), digital_signature, 1) == 1 && add(certificate, NID_key_usage, usage.get(), true) &&
           sk_ASN1_OBJECT_push(extended.get(), purpose) > 0 && add(certificate, NID_ext_key_usage, extended.get(), false);
}

// RFC 7093, section 2, method 1: the leftmost 160 bits of SHA-256 over the public key.
bool add_key_ids(X509& certificate, const X509& ca) {
    constexpr int key_id_bytes = 20;
    std::array<unsigned char, 32> digest{};
    const OctetString key_id(ASN1_OCTET_STRING_new());
    const bool has_own = X509_pubkey_digest(&certificate, EVP_sha256(), digest.data(), nullptr) == 1 &&
                         ASN1_OCTET_STRING_set(key_id.get(), digest.data(), key_id_bytes) == 1 &&
                         add(certificate, NID_subject_key_identifier, key_id.get(), false);
    const AuthorityKeyId authority(AUTHORITY_KEYID_new());
    authority->keyid = static_cast<ASN1_OCTET_STRING*>(X509_get_ext_d2i(&ca, NID_subject_key_identifier, nullptr, nullptr));
    // A CA without an SKI is out of the ordinary, and can be found by its name.
    return has_own && (authority->keyid == nullptr || add(certificate, NID_authority_key_identifier, authority.get(), false));
}

GENERAL_NAME* make_name(int type, const std::string& value) {
    return a2i_GENERAL_NAME(nullptr, nullptr, nullptr, type, value.c_str(), 0);
}

GENERAL_NAME* parse_name(const std::string& name) {
    const auto colon = name.find(':');
    const std::string kind = name.substr(0, colon);
    if (colon == std::string::npos || colon + 1 == name.size()) return nullptr;
    const std::string value = name.substr(colon + 1);
    if (kind == "DNS" || kind == "dns") return make_name(GEN_DNS, value);
    if (kind == "IP" || kind == "ip") return make_name(GEN_IPADD, value);
    return nullptr;
}

Result<void> add_alt_names(X509& certificate, std::string_view name, const IssueOptions& options) {
    const GeneralNames names(GENERAL_NAMES_new());
    const auto push = [&](GENERAL_NAME* alt_name) { return alt_name != nullptr && sk_GENERAL_NAME_push(names.get(), alt_name) > 0; };
    if (options.profile == Profile::device && !options.tenant.empty() &&
        !push(make_name(GEN_URI, "urn:muster:" + options.tenant + ":" + std::string(name))))
        return openssl_error("cannot name the device's URI");
    for (const auto& alt_name : options.alt_names) {
        if (!push(parse_name(alt_name))) {
            static_cast<void>(openssl_error(""));  // Its queue is emptied.
            return Error{Code::invalid_argument, "'" + alt_name + "' is no alternative name", "give DNS:NAME or IP:ADDRESS"};
        }
    }
    if (sk_GENERAL_NAME_num(names.get()) > 0 && !add(certificate, NID_subject_alt_name, names.get(), false))
        return openssl_error("cannot add the alternative names");
    return {};
}

const EVP_MD* digest_for(const EVP_PKEY& key) {
    constexpr int p384_bits = 384;
    if (EVP_PKEY_get_base_id(&key) == EVP_PKEY_ED25519) return nullptr;
    return EVP_PKEY_get_base_id(&key) == EVP_PKEY_EC && EVP_PKEY_get_bits(&key) == p384_bits ? EVP_sha384() : EVP_sha256();
}

}  // namespace

Result<Certificate> make_issued_certificate(const CaView& ca, EVP_PKEY& subject_key, std::string_view name, const IssueOptions& options) {
    Certificate certificate(X509_new());
    X509& made = *certificate;
    const bool is_filled = X509_set_version(&made, X509_VERSION_3) == 1 && set_serial(made) &&
                           set_times(made, ca.certificate, options.lifetime) && set_names(made, ca.certificate, name) &&
                           X509_set_pubkey(&made, &subject_key) == 1 && add_usage(made, options.profile) &&
                           add_key_ids(made, ca.certificate);
    if (!is_filled) return openssl_error("cannot make a certificate");
    if (auto named = add_alt_names(made, name, options); !named) return std::move(named).error();
    if (X509_sign(&made, &ca.key, digest_for(ca.key)) <= 0) return openssl_error("cannot sign a certificate");
    return certificate;
}

}  // namespace muster::pki
