// SPDX-License-Identifier: Apache-2.0
// A last look at every certificate.
#include "authority/lint.hpp"

#include "authority/key_check.hpp"

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <set>

namespace muster::testbroker::authority {
namespace {

using GeneralNames = std::unique_ptr<GENERAL_NAMES, Freed<&GENERAL_NAMES_free>>;

constexpr std::chrono::hours longest_leaf(24 * 398);  // 397 days (threat model, T13), and the backdating.

Error fault(const char* what) {
    ERR_clear_error();
    return {Code::internal, std::string("a certificate is held back: ") + what};
}

bool is_critical(X509& certificate, int nid) {
    X509_EXTENSION* extension = X509_get_ext(&certificate, X509_get_ext_by_NID(&certificate, nid, -1));
    return extension != nullptr && X509_EXTENSION_get_critical(extension) == 1;
}

Result<void> check_frame(X509& certificate) {
    constexpr int min_serial_bits = 64;
    constexpr int max_serial_bits = 159;
    if (X509_get_version(&certificate) != X509_VERSION_3) return fault("it is not of version 3");
    const ASN1_INTEGER* serial = X509_get0_serialNumber(&certificate);
    const std::unique_ptr<BIGNUM, Freed<&BN_free>> number(ASN1_INTEGER_to_BN(serial, nullptr));
    if (!number || BN_is_negative(number.get()) != 0 || BN_num_bits(number.get()) > max_serial_bits)
        return fault("its serial is not positive in 20 octets");
    // A random one is shorter once in 2^94 times.
    if (BN_num_bits(number.get()) < min_serial_bits) return fault("its serial has less than 64 bits");
    if (ASN1_TIME_check(X509_get0_notBefore(&certificate)) != 1 || ASN1_TIME_check(X509_get0_notAfter(&certificate)) != 1)
        return fault("a time cannot be read");
    if (time_of(*X509_get0_notBefore(&certificate)) >= time_of(*X509_get0_notAfter(&certificate))) return fault("it ends before it begins");
    return {};
}

Result<void> check_subject(X509& certificate) {
    constexpr int max_cn = 64;  // RFC 5280, appendix A.1: ub-common-name.
    const X509_NAME* subject = X509_get_subject_name(&certificate);
    const int first = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (first < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, first) >= 0) return fault("it has not exactly one CN");
    const ASN1_STRING* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, first));
    const int type = ASN1_STRING_type(value);
    if (type != V_ASN1_UTF8STRING && type != V_ASN1_PRINTABLESTRING) return fault("its CN is of another string type");
    if (ASN1_STRING_length(value) < 1 || ASN1_STRING_length(value) > max_cn) return fault("its CN has not 1 to 64 bytes");
    return {};
}

Result<void> check_extensions(X509& certificate, Purpose purpose) {
    std::set<int> wanted{NID_basic_constraints, NID_key_usage, NID_subject_key_identifier, NID_authority_key_identifier};
    if (purpose != Purpose::ca) wanted.insert({NID_ext_key_usage, NID_subject_alt_name});
    std::multiset<int> found;
    for (int i = 0; i < X509_get_ext_count(&certificate); ++i)
        found.insert(OBJ_obj2nid(X509_EXTENSION_get_object(X509_get_ext(&certificate, i))));
    if (purpose == Purpose::client && found.count(NID_crl_distribution_points) == 1) wanted.insert(NID_crl_distribution_points);
    if (!std::equal(wanted.begin(), wanted.end(), found.begin(), found.end())) return fault("its extensions are not those of its purpose");
    for (const int nid : wanted) {
        const bool must_be_critical = nid == NID_basic_constraints || nid == NID_key_usage;
        if (is_critical(certificate, nid) != must_be_critical) return fault("an extension is critical and should not be, or the reverse");
    }
    return {};
}

Result<void> check_usage(X509& certificate, Purpose purpose) {
    const auto flags = X509_get_extension_flags(&certificate);
    if ((flags & EXFLAG_INVALID) != 0) return fault("an extension cannot be read");
    const bool is_ca = (flags & EXFLAG_CA) != 0;
    if (is_ca != (purpose == Purpose::ca)) return fault("its basic constraints are not those of its purpose");
    if (is_ca) {
        if (X509_get_pathlen(&certificate) < 0) return fault("a CA has no path length");
        return X509_get_key_usage(&certificate) == (KU_KEY_CERT_SIGN | KU_CRL_SIGN) ? Result<void>() : fault("a CA's key usage is wrong");
    }
    const auto extended = purpose == Purpose::server ? XKU_SSL_SERVER : XKU_SSL_CLIENT;
    if (X509_get_key_usage(&certificate) != KU_DIGITAL_SIGNATURE) return fault("its key usage is not digitalSignature alone");
    if (X509_get_extended_key_usage(&certificate) != static_cast<std::uint32_t>(extended)) return fault("its extended key usage is wrong");
    const auto lifetime = time_of(*X509_get0_notAfter(&certificate)) - time_of(*X509_get0_notBefore(&certificate));
    return lifetime > longest_leaf ? fault("it lives longer than 397 days") : Result<void>();
}

Result<void> check_alt_names(X509& certificate, Purpose purpose) {
    if (purpose == Purpose::ca) return {};
    const GeneralNames names(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
    if (!names || sk_GENERAL_NAME_num(names.get()) == 0) return fault("its alternative names cannot be read");
    const auto type_of = [&](int i) { return sk_GENERAL_NAME_value(names.get(), i)->type; };
    if (purpose == Purpose::server) {
        for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i)
            if (type_of(i) != GEN_DNS && type_of(i) != GEN_IPADD) return fault("a server has an alternative name that is no host");
        return {};
    }
    if (sk_GENERAL_NAME_num(names.get()) != 1 || type_of(0) != GEN_URI) return fault("a client has not exactly one URI");
    const ASN1_STRING* uri = sk_GENERAL_NAME_value(names.get(), 0)->d.uniformResourceIdentifier;
    const std::string_view text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                                static_cast<std::size_t>(ASN1_STRING_length(uri)));
    return text.substr(0, 11) == "urn:muster:" ? Result<void>() : fault("a client's URI is not urn:muster:");
}

Result<void> check_signature(X509& certificate, X509& issuer) {
    int digest = NID_undef;
    int key = NID_undef;
    OBJ_find_sigid_algs(X509_get_signature_nid(&certificate), &digest, &key);
    const bool is_sound = digest == NID_sha256 || digest == NID_sha384 || key == NID_ED25519;
    if (!is_sound) return fault("its signature hashes with something else than SHA-256 or SHA-384");
    if (X509_check_issued(&issuer, &certificate) != X509_V_OK) return fault("its issuer's name or key identifier is another");
    if (X509_verify(&certificate, X509_get0_pubkey(&issuer)) != 1) return fault("its signature is not its issuer's");
    return {};
}

}  // namespace

Result<void> lint(X509& certificate, X509& issuer, Purpose purpose) {
    // Read back: what is in memory may not be what is on the wire.
    const auto der = to_der(&i2d_X509, &certificate);
    const auto read = from_der<Certificate>(&d2i_X509, der);
    if (!read || to_der(&i2d_X509, read.get()) != der) return fault("it cannot be read back");
    if (auto good = check_frame(*read); !good) return good;
    if (auto good = check_subject(*read); !good) return good;
    if (auto good = check_extensions(*read, purpose); !good) return good;
    if (auto good = check_usage(*read, purpose); !good) return good;
    if (auto good = check_alt_names(*read, purpose); !good) return good;
    const EVP_PKEY* key = X509_get0_pubkey(read.get());
    if (key == nullptr || !check_key(*key, "its")) return fault("its key is not accepted");
    return check_signature(*read, issuer);
}

}  // namespace muster::testbroker::authority
