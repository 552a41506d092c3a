// SPDX-License-Identifier: Apache-2.0
// X.509 certificates, built.
#include "authority/certificate.hpp"

#include <openssl/bn.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <array>

namespace muster::testbroker::authority {
namespace {

using BigNumber = std::unique_ptr<BIGNUM, Freed<&BN_free>>;
using KeyUsage = std::unique_ptr<ASN1_BIT_STRING, Freed<&ASN1_BIT_STRING_free>>;
using ExtendedKeyUsage = std::unique_ptr<EXTENDED_KEY_USAGE, Freed<&EXTENDED_KEY_USAGE_free>>;
using BasicConstraints = std::unique_ptr<BASIC_CONSTRAINTS, Freed<&BASIC_CONSTRAINTS_free>>;
using OctetString = std::unique_ptr<ASN1_OCTET_STRING, Freed<&ASN1_OCTET_STRING_free>>;
using AuthorityKeyId = std::unique_ptr<AUTHORITY_KEYID, Freed<&AUTHORITY_KEYID_free>>;
using DistributionPoints = std::unique_ptr<CRL_DIST_POINTS, Freed<&CRL_DIST_POINTS_free>>;
using GeneralNames = std::unique_ptr<GENERAL_NAMES, Freed<&GENERAL_NAMES_free>>;

enum class Weight : std::uint8_t { plain, critical };

bool add(X509& certificate, int nid, void* value, Weight weight) {
    return X509_add1_ext_i2d(&certificate, nid, value, weight == Weight::critical ? 1 : 0, X509V3_ADD_DEFAULT) == 1;
}

bool set_serial(X509& certificate, const std::string& hex) {
    BIGNUM* raw = nullptr;
    if (BN_hex2bn(&raw, hex.c_str()) != static_cast<int>(hex.size())) return false;
    const BigNumber number(raw);
    return BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(&certificate)) != nullptr;
}

bool set_times(X509& certificate, const CertificateFields& fields) {
    using std::chrono::system_clock;
    return ASN1_TIME_set(X509_getm_notBefore(&certificate), system_clock::to_time_t(fields.not_before)) != nullptr &&
           ASN1_TIME_set(X509_getm_notAfter(&certificate), system_clock::to_time_t(fields.not_after)) != nullptr;
}

bool set_subject(X509& certificate, const CertificateFields& fields) {
    X509_NAME* subject = X509_get_subject_name(&certificate);
    for (const auto& [nid, text] : fields.subject) {
        // MBSTRING_UTF8 makes OpenSSL check the text and its upper bound (RFC 5280, appendix A).
        if (X509_NAME_add_entry_by_NID(subject, nid, MBSTRING_UTF8, bytes_of(text), static_cast<int>(text.size()), -1, 0) != 1)
            return false;
    }
    return true;
}

bool add_basic_constraints(X509& certificate, const CertificateFields& fields) {
    const BasicConstraints constraints(BASIC_CONSTRAINTS_new());
    if (fields.purpose == Purpose::ca) {
        constraints->ca = 0xFF;
        constraints->pathlen = ASN1_INTEGER_new();
        if (constraints->pathlen == nullptr || ASN1_INTEGER_set(constraints->pathlen, fields.path_length) != 1) return false;
    }
    return add(certificate, NID_basic_constraints, constraints.get(), Weight::critical);
}

bool add_usage(X509& certificate, Purpose purpose) {
    constexpr int digital_signature = 0;  // Bit numbers of RFC 5280, section 4.2.1.3.
    constexpr int key_cert_sign = 5;
    constexpr int crl_sign = 6;
    const KeyUsage usage(ASN1_BIT_STRING_new());
    const bool is_ca = purpose == Purpose::ca;
    const bool set =
        is_ca ? ASN1_BIT_STRING_set_bit(usage.get(), key_cert_sign, 1) == 1 && ASN1_BIT_STRING_set_bit(usage.get(), crl_sign, 1) == 1
              : ASN1_BIT_STRING_set_bit(usage.get(), digital_signature, 1) == 1;
    if (!set || !add(certificate, NID_key_usage, usage.get(), Weight::critical)) return false;
    if (is_ca) return true;
    const ExtendedKeyUsage extended(EXTENDED_KEY_USAGE_new());
    ASN1_OBJECT* object = OBJ_nid2obj(purpose == Purpose::server ? NID_server_auth : NID_client_auth);  // Static; nothing to free.
    return sk_ASN1_OBJECT_push(extended.get(), object) > 0 && add(certificate, NID_ext_key_usage, extended.get(), Weight::plain);
}

// RFC 7093, section 2, method 1: the leftmost 160 bits of SHA-256 over the public key.
bool add_subject_key_id(X509& certificate) {
    std::array<unsigned char, 32> digest{};
    constexpr int key_id_bytes = 20;
    const OctetString key_id(ASN1_OCTET_STRING_new());
    return X509_pubkey_digest(&certificate, EVP_sha256(), digest.data(), nullptr) == 1 &&
           ASN1_OCTET_STRING_set(key_id.get(), digest.data(), key_id_bytes) == 1 &&
           add(certificate, NID_subject_key_identifier, key_id.get(), Weight::plain);
}

// Not X509_get0_subject_key_id: it caches what a certificate says, and the root, its own issuer, is not whole yet.
bool add_authority_key_id(X509& certificate, X509& issuer) {
    const AuthorityKeyId key_id(AUTHORITY_KEYID_new());
    key_id->keyid = static_cast<ASN1_OCTET_STRING*>(X509_get_ext_d2i(&issuer, NID_subject_key_identifier, nullptr, nullptr));
    return key_id->keyid != nullptr && add(certificate, NID_authority_key_identifier, key_id.get(), Weight::plain);
}

bool push(GENERAL_NAMES* names, const AltName& alt_name) {
    const bool is_ip = alt_name.kind == AltName::Kind::ip;
    GENERAL_NAME* name = GENERAL_NAME_new();
    ASN1_STRING* value = ASN1_STRING_type_new(is_ip ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);
    if (name == nullptr || value == nullptr || sk_GENERAL_NAME_push(names, name) <= 0) {
        GENERAL_NAME_free(name);
        ASN1_STRING_free(value);
        return false;
    }
    GENERAL_NAME_set0_value(name, is_ip ? GEN_IPADD : alt_name.kind == AltName::Kind::dns ? GEN_DNS : GEN_URI, value);
    return ASN1_STRING_set(value, alt_name.value.data(), static_cast<int>(alt_name.value.size())) == 1;
}

bool add_alt_names(X509& certificate, const std::vector<AltName>& alt_names) {
    if (alt_names.empty()) return true;
    const GeneralNames names(GENERAL_NAMES_new());
    for (const auto& alt_name : alt_names)
        if (!push(names.get(), alt_name)) return false;
    return add(certificate, NID_subject_alt_name, names.get(), Weight::plain);
}

// RFC 5280, section 4.2.1.13: one point, whose one name is the CRL's URL.
bool add_crl_url(X509& certificate, const std::string& url) {
    constexpr int full_name = 0;  // The first of DistributionPointName's alternatives.
    if (url.empty()) return true;
    const DistributionPoints points(CRL_DIST_POINTS_new());
    DIST_POINT* point = DIST_POINT_new();
    if (!points || point == nullptr || sk_DIST_POINT_push(points.get(), point) <= 0) {
        DIST_POINT_free(point);
        return false;
    }
    point->distpoint = DIST_POINT_NAME_new();
    if (point->distpoint == nullptr) return false;
    point->distpoint->name.fullname = GENERAL_NAMES_new();
    point->distpoint->type = full_name;
    return push(point->distpoint->name.fullname, {AltName::Kind::uri, url}) &&
           add(certificate, NID_crl_distribution_points, points.get(), Weight::plain);
}

}  // namespace

const EVP_MD* digest_for(const EVP_PKEY& key) {
    constexpr int p384_bits = 384;
    if (EVP_PKEY_get_base_id(&key) == EVP_PKEY_ED25519) return nullptr;
    return EVP_PKEY_get_base_id(&key) == EVP_PKEY_EC && EVP_PKEY_get_bits(&key) == p384_bits ? EVP_sha384() : EVP_sha256();
}

Result<std::string> make_serial() {
    constexpr int serial_bits = 159;
    const BigNumber number(BN_new());
    if (!number || BN_priv_rand(number.get(), serial_bits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) != 1 || BN_is_zero(number.get()))
        return openssl_error("cannot make a serial number");
    char* hex = BN_bn2hex(number.get());
    std::string text = hex == nullptr ? "" : hex;
    OPENSSL_free(hex);
    return text;
}

Result<Certificate> make_certificate(const CertificateFields& fields, EVP_PKEY& public_key, std::optional<Signer> signer) {
    Certificate certificate(X509_new());
    X509& issuer = signer ? signer->certificate : *certificate;
    EVP_PKEY& signing_key = signer ? signer->key : public_key;
    const bool made = X509_set_version(certificate.get(), X509_VERSION_3) == 1 && set_serial(*certificate, fields.serial_hex) &&
                      set_times(*certificate, fields) && set_subject(*certificate, fields) &&
                      X509_set_issuer_name(certificate.get(), X509_get_subject_name(&issuer)) == 1 &&
                      X509_set_pubkey(certificate.get(), &public_key) == 1 && add_basic_constraints(*certificate, fields) &&
                      add_usage(*certificate, fields.purpose) && add_subject_key_id(*certificate) &&
                      add_authority_key_id(*certificate, issuer) && add_alt_names(*certificate, fields.alt_names) &&
                      add_crl_url(*certificate, fields.crl_url) && X509_sign(certificate.get(), &signing_key, digest_for(signing_key)) > 0;
    if (!made) return openssl_error("cannot make a certificate");
    return certificate;
}

}  // namespace muster::testbroker::authority
