// SPDX-License-Identifier: Apache-2.0
// PKCS#10 requests, judged.
#include "authority/request.hpp"

#include "authority/key_check.hpp"
#include "authority/openssl.hpp"

#include <openssl/objects.h>
#include <openssl/pem.h>

namespace muster::testbroker::authority {
namespace {

constexpr const char* cn_hint = "its one CN must be the device id, or the application's user name";

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
    if (auto strong = check_key(*key, "the request's"); !strong) return std::move(strong).error();
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
