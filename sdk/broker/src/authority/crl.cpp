// SPDX-License-Identifier: Apache-2.0
// Certificate revocation lists.
#include "authority/crl.hpp"

#include <openssl/bn.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <algorithm>

namespace muster::testbroker::authority {
namespace {

using BigNumber = std::unique_ptr<BIGNUM, Freed<&BN_free>>;
using Integer = std::unique_ptr<ASN1_INTEGER, Freed<&ASN1_INTEGER_free>>;
using Time = std::unique_ptr<ASN1_TIME, Freed<&ASN1_TIME_free>>;
using Crl = std::unique_ptr<X509_CRL, Freed<&X509_CRL_free>>;
using Entry = std::unique_ptr<X509_REVOKED, Freed<&X509_REVOKED_free>>;
using Enumerated = std::unique_ptr<ASN1_ENUMERATED, Freed<&ASN1_ENUMERATED_free>>;
using AuthorityKeyId = std::unique_ptr<AUTHORITY_KEYID, Freed<&AUTHORITY_KEYID_free>>;

Time to_time(base::WallTime time) {
    return Time(ASN1_TIME_set(nullptr, std::chrono::system_clock::to_time_t(time)));
}

bool add_reason(X509_REVOKED& entry, long reason) {
    if (reason == 0) return true;
    const Enumerated value(ASN1_ENUMERATED_new());
    return value && ASN1_ENUMERATED_set(value.get(), reason) == 1 &&
           X509_REVOKED_add1_ext_i2d(&entry, NID_crl_reason, value.get(), 0, X509V3_ADD_DEFAULT) == 1;
}

bool add_entry(X509_CRL& crl, const RevokedSerial& revoked) {
    BIGNUM* raw = nullptr;
    const bool is_read = BN_hex2bn(&raw, revoked.serial_hex.c_str()) == static_cast<int>(revoked.serial_hex.size());
    const BigNumber number(raw);
    const Integer serial(is_read ? BN_to_ASN1_INTEGER(number.get(), nullptr) : nullptr);
    Entry entry(X509_REVOKED_new());
    const auto when = to_time(revoked.at);
    if (!serial || !entry || !when || X509_REVOKED_set_serialNumber(entry.get(), serial.get()) != 1 ||
        X509_REVOKED_set_revocationDate(entry.get(), when.get()) != 1 || !add_reason(*entry, revoked.reason) ||
        X509_CRL_add0_revoked(&crl, entry.get()) != 1)
        return false;
    static_cast<void>(entry.release());  // The CRL's now.
    return true;
}

bool add_extensions(X509_CRL& crl, X509& issuer, base::WallTime now) {
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
    const Integer number(ASN1_INTEGER_new());
    const AuthorityKeyId key_id(AUTHORITY_KEYID_new());
    if (!number || !key_id || ASN1_INTEGER_set_int64(number.get(), milliseconds) != 1) return false;
    key_id->keyid = static_cast<ASN1_OCTET_STRING*>(X509_get_ext_d2i(&issuer, NID_subject_key_identifier, nullptr, nullptr));
    return key_id->keyid != nullptr &&
           X509_CRL_add1_ext_i2d(&crl, NID_authority_key_identifier, key_id.get(), 0, X509V3_ADD_DEFAULT) == 1 &&
           X509_CRL_add1_ext_i2d(&crl, NID_crl_number, number.get(), 0, X509V3_ADD_DEFAULT) == 1;
}

}  // namespace

Result<std::string> make_crl(const Signer& signer, const std::vector<RevokedSerial>& revoked, base::WallTime now) {
    constexpr long version_2 = 1;
    const Crl crl(X509_CRL_new());
    const auto last = to_time(now);
    const auto next = to_time(now + crl_lifetime);
    bool made = crl && last && next && X509_CRL_set_version(crl.get(), version_2) == 1 &&
                X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(&signer.certificate)) == 1 &&
                X509_CRL_set1_lastUpdate(crl.get(), last.get()) == 1 && X509_CRL_set1_nextUpdate(crl.get(), next.get()) == 1 &&
                add_extensions(*crl, signer.certificate, now);
    for (auto entry = revoked.begin(); made && entry != revoked.end(); ++entry) made = add_entry(*crl, *entry);
    made = made && X509_CRL_sort(crl.get()) == 1 && X509_CRL_sign(crl.get(), &signer.key, digest_for(signer.key)) > 0;
    if (!made) return openssl_error("cannot make a CRL");
    return to_der(&i2d_X509_CRL, crl.get());
}

Result<void> check_crl_base(std::string_view url) {
    constexpr std::string_view scheme = "http://";
    constexpr std::size_t max_size = 200;
    if (url.empty()) return {};
    const auto host = url.substr(std::min(scheme.size(), url.size()));
    const auto is_usual = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-.:[]").find(c) != std::string_view::npos;
    };
    if (url.substr(0, scheme.size()) == scheme && !host.empty() && url.size() <= max_size &&
        std::all_of(host.begin(), host.end(), is_usual))
        return {};
    return Error{Code::invalid_argument, "the public URL of the CRLs must be http://HOST[:PORT]"};
}

}  // namespace muster::testbroker::authority
