// SPDX-License-Identifier: Apache-2.0
// Whose certificates the listeners take.
#include "net/trust_store.hpp"

#include <openssl/x509_vfy.h>

#include <algorithm>

namespace muster::testbroker::net {
namespace {

int store_index() {
    static const int index = X509_STORE_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

TrustStore* store_of(X509_STORE* store) {
    return static_cast<TrustStore*>(X509_STORE_get_ex_data(store, store_index()));
}

bool is_in_time(X509_STORE_CTX* context, const X509& certificate) {
    return X509_cmp_timeframe(X509_STORE_CTX_get0_param(context), X509_get0_notBefore(&certificate), X509_get0_notAfter(&certificate)) == 0;
}

}  // namespace

TrustStore::TrustStore() : store_(X509_STORE_new()) {
    X509_STORE_set_ex_data(store_.get(), store_index(), this);
    X509_STORE_set_get_issuer(store_.get(), &find_issuer);
    X509_STORE_set_lookup_certs(store_.get(), &find_named);
}

void TrustStore::set(std::string_view tenant, const std::vector<std::string>& ca_pems) {
    std::vector<pki::Certificate> certificates;
    for (const auto& pem : ca_pems) {
        auto parsed = pki::parse_certificates(pem);
        // It was checked before it was stored; nothing could be verified with a damaged one.
        if (parsed) std::move(parsed->begin(), parsed->end(), std::back_inserter(certificates));
    }
    const std::unique_lock lock(mutex_);
    auto& of_this = of_tenant_[std::string(tenant)];
    for (const auto entry : of_this) cas_.erase(entry);
    of_this.clear();
    for (auto& certificate : certificates) {
        const X509_NAME* name = X509_get_subject_name(certificate.get());
        std::string sha256 = pki::sha256_hex(pki::to_der(*certificate));
        of_this.push_back(cas_.emplace(name, Ca{std::move(certificate), std::move(sha256)}));
    }
    if (of_this.empty()) of_tenant_.erase(std::string(tenant));
}

bool TrustStore::has(const X509_NAME& name, std::string_view sha256) const {
    const std::shared_lock lock(mutex_);
    const auto [begin, end] = cas_.equal_range(&name);
    return std::any_of(begin, end, [&](const auto& each) { return each.second.sha256 == sha256; });
}

void TrustStore::serve(SSL_CTX* context) {
    SSL_CTX_set1_cert_store(context, store_.get());
}

TrustStore* TrustStore::of(SSL_CTX* context) {
    return store_of(SSL_CTX_get_cert_store(context));
}

// The contract of X509_STORE_set_get_issuer: 1 and a reference of the caller's own, or 0. Of a CA that was renewed with its key, the one
// that is valid now.
int TrustStore::find_issuer(X509** issuer, X509_STORE_CTX* context, X509* certificate) {
    const TrustStore& self = *store_of(X509_STORE_CTX_get0_store(context));
    const auto has_issued = X509_STORE_CTX_get_check_issued(context);
    const std::shared_lock lock(self.mutex_);
    const auto [begin, end] = self.cas_.equal_range(X509_get_issuer_name(certificate));
    X509* found = nullptr;
    for (auto each = begin; each != end; ++each) {
        X509* const candidate = each->second.certificate.get();
        if (has_issued(context, certificate, candidate) != 1) continue;
        if (found == nullptr || is_in_time(context, *candidate)) found = candidate;
    }
    *issuer = found;
    return found != nullptr && X509_up_ref(found) == 1 ? 1 : 0;
}

// The contract of X509_STORE_set_lookup_certs: null is an error, and nothing of that name an empty stack.
STACK_OF(X509) * TrustStore::find_named(X509_STORE_CTX* context, const X509_NAME* name) {
    const TrustStore& self = *store_of(X509_STORE_CTX_get0_store(context));
    STACK_OF(X509)* const found = sk_X509_new_null();
    const std::shared_lock lock(self.mutex_);
    const auto [begin, end] = self.cas_.equal_range(name);
    for (auto each = begin; found != nullptr && each != end; ++each)
        X509_add_cert(found, each->second.certificate.get(), X509_ADD_FLAG_UP_REF);
    return found;
}

}  // namespace muster::testbroker::net
