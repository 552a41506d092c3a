// SPDX-License-Identifier: Apache-2.0
// CAs from elsewhere, examined.
#include "authority/external_ca.hpp"

#include "authority/key_check.hpp"
#include "authority/openssl.hpp"
#include "base/text.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace muster::testbroker::authority {
namespace {

// More than one would leave open which is meant.
Result<Certificate> parse_one(std::string_view pem, const char* what) {
    const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!certificate) return refuse(std::string(what) + " is no certificate in PEM");
    const Certificate second(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (second) return refuse(std::string(what) + " has more than one certificate", "give the one that signs the devices'");
    ERR_clear_error();
    return certificate;
}

Result<void> check_ca(X509& ca, base::WallTime now) {
    if ((X509_get_extension_flags(&ca) & EXFLAG_INVALID) != 0) return refuse("the CA's certificate has an extension that cannot be read");
    // Version 1 certificates and those that say nothing about what they are for count as CAs nowhere here.
    const bool is_ca = (X509_get_extension_flags(&ca) & EXFLAG_CA) != 0;
    if (!is_ca) return refuse("the certificate is no CA's", "its basic constraints must say CA:TRUE");
    if ((X509_get_key_usage(&ca) & KU_KEY_CERT_SIGN) == 0) return refuse("the CA's certificate does not allow it to sign certificates");
    if (now >= time_of(*X509_get0_notAfter(&ca))) return refuse("the CA's certificate has expired", {}, Code::expired);
    if (now < time_of(*X509_get0_notBefore(&ca))) return refuse("the CA's certificate is not valid yet", "check the clock", Code::expired);
    return check_key(*X509_get0_pubkey(&ca), "the CA's");
}

std::string text_of_name(const X509_NAME& name) {
    const Bio bio(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(bio.get(), &name, 0, XN_FLAG_RFC2253);
    return base::printable(text_of(*bio));
}

Result<std::string> challenge_in(X509& proof, EVP_PKEY& ca_key) {
    const std::string hint = "sign a certificate whose one CN is the challenge with the CA's key";
    if (X509_verify(&proof, &ca_key) != 1) return refuse("the proof is not signed by the CA", hint, Code::denied);
    const X509_NAME* subject = X509_get_subject_name(&proof);
    const int first = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (first < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, first) >= 0)
        return refuse("the proof has not exactly one CN", hint, Code::denied);
    const ASN1_STRING* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, first));
    return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)), static_cast<std::size_t>(ASN1_STRING_length(value)));
}

}  // namespace

Result<ExternalCa> check_external_ca(std::string_view certificate_pem, std::string_view proof_pem, base::WallTime now) {
    auto ca = parse_one(certificate_pem, "the CA's certificate");
    if (!ca) return std::move(ca).error();
    if (auto good = check_ca(**ca, now); !good) return std::move(good).error();
    const auto proof = parse_one(proof_pem, "the proof");
    if (!proof) return proof.error();
    EVP_PKEY* key = X509_get0_pubkey(ca->get());
    auto challenge = challenge_in(**proof, *key);
    if (!challenge) return std::move(challenge).error();
    const X509_NAME* subject = X509_get_subject_name(ca->get());
    return ExternalCa{to_pem(**ca),          sha256_hex(to_der(&i2d_X509, ca->get())), text_of_name(*subject),
                      name_sha256(*subject), sha256_hex(to_der(&i2d_PUBKEY, key)),     time_of(*X509_get0_notAfter(ca->get())),
                      std::move(*challenge)};
}

}  // namespace muster::testbroker::authority
