// SPDX-License-Identifier: Apache-2.0
// Is what the EST server sent the certificate we asked for?
#include "enroll/answer_check.hpp"

#include "base/text.hpp"

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <cstddef>
#include <memory>
#include <string>

namespace muster::est {
namespace {

using Store = std::unique_ptr<X509_STORE, pki::Freed<&X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, pki::Freed<&X509_STORE_CTX_free>>;
struct FreeStack {
    void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using Stack = std::unique_ptr<STACK_OF(X509), FreeStack>;

constexpr std::size_t max_certificates = 8;

Error refused(const std::string& why) {
    return {Code::corrupt, "the EST server's certificate is not acceptable: " + why, "ask the operator of the EST server"};
}

Error refused_by_clock(const std::string& why) {
    return {Code::corrupt, refused(why).message(), "check this machine's clock, then ask the operator of the EST server"};
}

X509* find_ours(const std::vector<pki::Certificate>& answer, EVP_PKEY& key) {
    for (const auto& certificate : answer) {
        const EVP_PKEY* theirs = X509_get0_pubkey(certificate.get());
        if (theirs != nullptr && EVP_PKEY_eq(theirs, &key) == 1) return certificate.get();
    }
    return nullptr;
}

Stack untrusted_of(const std::vector<pki::Certificate>& answer, const std::vector<pki::Certificate>& issuers) {
    Stack stack(sk_X509_new_null());
    for (const auto* list : {&answer, &issuers}) {
        for (const auto& certificate : *list) sk_X509_push(stack.get(), certificate.get());
    }
    return stack;
}

Result<Chain> verify_chain(X509& certificate, const Stack& untrusted, const std::vector<pki::Certificate>& anchors, base::WallTime now) {
    const Store store(X509_STORE_new());
    for (const auto& anchor : anchors) X509_STORE_add_cert(store.get(), anchor.get());
    const StoreContext context(X509_STORE_CTX_new());
    X509_STORE_CTX_init(context.get(), store.get(), &certificate, untrusted.get());
    X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_time(rules, std::chrono::system_clock::to_time_t(now));
    X509_VERIFY_PARAM_set_depth(rules, static_cast<int>(max_certificates) - 1);  // Counts neither the device's nor the anchor.
    // What TLS will demand of the chain later: RSA of 2048 bits, no SHA-1. Without this, anything goes.
    X509_VERIFY_PARAM_set_auth_level(rules, 2);
    // An intermediate CA may be pinned without its root, as it may for the server's certificate.
    X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN);
    X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_CLIENT);
    if (X509_verify_cert(context.get()) != 1) return refused(X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())));
    Chain chain;
    const STACK_OF(X509)* verified = X509_STORE_CTX_get0_chain(context.get());
    for (int i = 0; i < sk_X509_num(verified); ++i) {
        X509* link = sk_X509_value(verified, i);
        const bool is_root = i > 0 && X509_self_signed(link, 0) == 1;
        if (is_root) break;
        X509_up_ref(link);
        chain.emplace_back(link);
    }
    return chain;
}

}  // namespace

Result<pki::Certificate> check_own_certificate(const std::vector<pki::Certificate>& answer, EVP_PKEY& key, std::string_view device_id,
                                               base::WallTime now) {
    X509* certificate = find_ours(answer, key);
    if (certificate == nullptr) return refused("none of those sent is for our key");
    const std::string name = pki::common_name_of(*certificate);
    if (name.empty()) return refused("it has no common name, or more than one");
    if (name != device_id) return refused("its common name is '" + base::printable(name) + "', not '" + std::string(device_id) + "'");
    if (X509_check_ca(certificate) > 0) return refused("it is a CA certificate");
    if (now < pki::time_of(*X509_get0_notBefore(certificate))) return refused_by_clock("it is not valid yet by this machine's clock");
    if (now > pki::time_of(*X509_get0_notAfter(certificate))) return refused_by_clock("it has expired by this machine's clock");
    X509_up_ref(certificate);
    return pki::Certificate(certificate);
}

Result<Chain> check_answer(const std::vector<pki::Certificate>& answer, const std::vector<pki::Certificate>& issuers,
                           const std::vector<pki::Certificate>& anchors, EVP_PKEY& key, std::string_view device_id, base::WallTime now) {
    if (answer.size() > max_certificates || issuers.size() > max_certificates) return refused("more than eight certificates were sent");
    auto certificate = check_own_certificate(answer, key, device_id, now);
    if (!certificate) return std::move(certificate).error();
    return verify_chain(**certificate, untrusted_of(answer, issuers), anchors, now);
}

}  // namespace muster::est
