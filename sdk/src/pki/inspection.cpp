// SPDX-License-Identifier: Apache-2.0
// Keys, requests and chains, looked at.
#include "base/files.hpp"
#include "pki/chain.hpp"
#include "pki/key.hpp"
#include "pki/key_password.hpp"
#include "pki/openssl.hpp"

#include <muster/inspection.hpp>

#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <string>

namespace muster::pki {
namespace {

using Store = std::unique_ptr<X509_STORE, Freed<&X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Freed<&X509_STORE_CTX_free>>;
using Crl = std::unique_ptr<X509_CRL, Freed<&X509_CRL_free>>;

struct FreeStack {
    void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using BorrowedStack = std::unique_ptr<STACK_OF(X509), FreeStack>;

std::string text_of_name(const X509_NAME& name) {
    const Bio bio(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(bio.get(), &name, 0, XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
    return text_of(*bio);
}

KeyInfo describe_key(EVP_PKEY& key) {
    KeyInfo info;
    const char* type = EVP_PKEY_get0_type_name(&key);
    info.type = type == nullptr ? "unknown" : type;
    info.bits = EVP_PKEY_get_bits(&key);
    info.security_bits = EVP_PKEY_get_security_bits(&key);
    unsigned char* data = nullptr;
    const int size = i2d_PUBKEY(&key, &data);
    info.public_key_sha256 = sha256_hex({reinterpret_cast<const char*>(data), size > 0 ? static_cast<std::size_t>(size) : 0});
    OPENSSL_free(data);
    const Bio bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_PUBKEY(bio.get(), &key);
    info.public_pem = text_of(*bio);
    return info;
}

Result<std::vector<Certificate>> load_all(const std::filesystem::path& file) {
    auto pem = base::load_file(file);
    if (!pem) return std::move(pem).error();
    auto certificates = parse_certificates(*pem);
    if (!certificates) return std::move(certificates).error().in(file.string());
    return certificates;
}

Result<void> add_crl(X509_STORE& store, const std::filesystem::path& file) {
    auto pem = base::load_file(file);
    if (!pem) return std::move(pem).error();
    const Crl crl(PEM_read_bio_X509_CRL(memory_bio(*pem).get(), nullptr, &no_passphrase, nullptr));
    if (!crl) return openssl_error(file.string() + ": there is no PEM CRL", Code::corrupt);
    if (X509_STORE_add_crl(&store, crl.get()) != 1) return openssl_error("cannot use the CRL");
    return {};
}

void set_demands(X509_VERIFY_PARAM& demands, const ChainOptions& options) {
    if (!options.crl.empty()) X509_VERIFY_PARAM_set_flags(&demands, X509_V_FLAG_CRL_CHECK);
    // Whoever is an anchor is believed, root or not.
    X509_VERIFY_PARAM_set_flags(&demands, X509_V_FLAG_PARTIAL_CHAIN);
    if (!options.looks_at_time) X509_VERIFY_PARAM_set_flags(&demands, X509_V_FLAG_NO_CHECK_TIME);
    if (options.at) X509_VERIFY_PARAM_set_time(&demands, std::chrono::system_clock::to_time_t(*options.at));
    if (options.purpose == Purpose::client) X509_VERIFY_PARAM_set_purpose(&demands, X509_PURPOSE_SSL_CLIENT);
    if (options.purpose == Purpose::server) X509_VERIFY_PARAM_set_purpose(&demands, X509_PURPOSE_SSL_SERVER);
    if (!options.host.empty() && X509_VERIFY_PARAM_set1_ip_asc(&demands, options.host.c_str()) != 1)
        X509_VERIFY_PARAM_set1_host(&demands, options.host.data(), options.host.size());
}

}  // namespace

Result<KeyInfo> inspect_key(const std::filesystem::path& path, const KeyPassword& password) {
    auto secret = obtain(password);
    if (!secret) return std::move(secret).error();
    auto key = load_key(path, &*secret);
    if (!key) return std::move(key).error();
    return describe_key(**key);
}

Result<RequestInfo> inspect_request(std::string_view pem) {
    const Request request(PEM_read_bio_X509_REQ(memory_bio(pem).get(), nullptr, &no_passphrase, nullptr));
    if (!request) return openssl_error("there is no PEM certificate request", Code::corrupt);
    EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
    if (key == nullptr) return openssl_error("the request has no key that can be read", Code::corrupt);
    RequestInfo info;
    info.subject = text_of_name(*X509_REQ_get_subject_name(request.get()));
    info.key = describe_key(*key);
    info.is_signed_by_key = X509_REQ_verify(request.get(), key) == 1;
    if (!info.is_signed_by_key) static_cast<void>(openssl_error(""));  // Its queue is emptied.
    return info;
}

Result<ChainVerdict> verify_chain(const std::filesystem::path& file, const ChainOptions& options) {
    const auto chain = load_all(file);
    if (!chain) return chain.error();
    return judge_chain(*chain, options);
}

Result<ChainVerdict> judge_chain(const std::vector<Certificate>& chain, const ChainOptions& options) {
    auto anchors = load_all(options.trust_anchors);
    if (!anchors) return std::move(anchors).error();
    const Store store(X509_STORE_new());
    for (const auto& anchor : *anchors) X509_STORE_add_cert(store.get(), anchor.get());
    if (!options.crl.empty()) {
        if (auto added = add_crl(*store, options.crl); !added) return std::move(added).error();
    }
    const BorrowedStack issuers(sk_X509_new_null());
    for (std::size_t i = 1; i < chain.size(); ++i) sk_X509_push(issuers.get(), chain[i].get());
    const StoreContext context(X509_STORE_CTX_new());
    if (X509_STORE_CTX_init(context.get(), store.get(), chain.front().get(), issuers.get()) != 1) return openssl_error("cannot verify");
    set_demands(*X509_STORE_CTX_get0_param(context.get()), options);

    ChainVerdict verdict;
    verdict.is_good = X509_verify_cert(context.get()) == 1;
    if (verdict.is_good) return verdict;
    static_cast<void>(openssl_error(""));  // Its queue is emptied; the context knows more.
    verdict.depth = X509_STORE_CTX_get_error_depth(context.get());
    const X509* wrong = X509_STORE_CTX_get_current_cert(context.get());
    verdict.subject = text_of_name(*X509_get_subject_name(wrong == nullptr ? chain.front().get() : wrong));
    verdict.reason = X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
    return verdict;
}

}  // namespace muster::pki
