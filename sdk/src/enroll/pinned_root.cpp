// SPDX-License-Identifier: Apache-2.0
// The explicit bootstrap by a root's fingerprint.
#include "enroll/pinned_root.hpp"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <utility>

namespace muster::est {
namespace {

using Certificates = std::vector<pki::Certificate>;
using Store = std::unique_ptr<X509_STORE, pki::Freed<&X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, pki::Freed<&X509_STORE_CTX_free>>;
struct FreeStack {
    void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using Stack = std::unique_ptr<STACK_OF(X509), FreeStack>;

Error refused(const std::string& why) {
    return {Code::tls, "the EST server is not to be believed: " + why, "check the fingerprint with who runs the server"};
}

// Empty: it leads to the root. At security level 2: RSA of 2048 bits, no SHA-1.
std::string judge(X509& certificate, X509& root, const Stack& others, base::WallTime now, bool is_server) {
    const Store store(X509_STORE_new());
    const StoreContext context(X509_STORE_CTX_new());
    if (!store || !context || X509_STORE_add_cert(store.get(), &root) != 1 ||
        X509_STORE_CTX_init(context.get(), store.get(), &certificate, others.get()) != 1)
        return "it cannot be judged";
    X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_time(rules, std::chrono::system_clock::to_time_t(now));
    X509_VERIFY_PARAM_set_auth_level(rules, 2);
    if (is_server) X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_SERVER);
    const bool is_good = X509_verify_cert(context.get()) == 1;
    ERR_clear_error();
    return is_good ? "" : X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
}

X509* find(const Certificates& certificates, std::string_view sha256) {
    const auto found = std::find_if(certificates.begin(), certificates.end(),
                                    [&](const auto& certificate) { return pki::sha256_hex(pki::to_der(*certificate)) == sha256; });
    return found == certificates.end() ? nullptr : found->get();
}

Stack all_of(const Certificates& shown, const Certificates& answer) {
    Stack stack(sk_X509_new_null());
    for (const auto* list : {&shown, &answer}) {
        for (const auto& certificate : *list) sk_X509_push(stack.get(), certificate.get());
    }
    return stack;
}

}  // namespace

Result<std::string> parse_fingerprint(std::string_view text) {
    constexpr std::size_t sha256_digits = 64;
    std::string digits;
    for (char c : text) {
        if (c == ':') continue;
        if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
        if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) digits.resize(sha256_digits + 1);
        digits += c;
    }
    if (digits.size() == sha256_digits) return digits;
    return Error{Code::invalid_argument, "the fingerprint is not a SHA-256 of 64 hexadecimal digits",
                 "print it where the root is: muster cert fingerprint ca.pem"};
}

Result<Certificates> believe_by_root(const Certificates& shown, Certificates answer, std::string_view root_sha256, base::WallTime now) {
    X509* root = find(answer, root_sha256);
    if (root == nullptr) return refused("no certificate in its answer has the fingerprint " + std::string(root_sha256));
    if (X509_check_ca(root) != 1 || X509_self_signed(root, 1) != 1) {
        ERR_clear_error();
        return refused("the certificate with this fingerprint is no root CA's");
    }
    const Stack others = all_of(shown, answer);
    if (const std::string why = judge(*root, *root, others, now, false); !why.empty()) return refused("the root: " + why);
    if (shown.empty()) return refused("it showed no certificate");
    if (const std::string why = judge(*shown.front(), *root, others, now, true); !why.empty())
        return refused("its own certificate does not lead to the root with this fingerprint (" + why + ")");
    const auto is_astray = [&](const auto& certificate) { return !judge(*certificate, *root, others, now, false).empty(); };
    Certificates believed;
    for (auto& certificate : answer) {
        if (!is_astray(certificate)) believed.push_back(std::move(certificate));
    }
    return believed;
}

}  // namespace muster::est
