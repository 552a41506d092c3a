// SPDX-License-Identifier: Apache-2.0
// Whose certificates the listeners take: the tenants' CAs, as they are now.
#pragma once

#include "pki/openssl.hpp"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace muster::testbroker::net {

/// Each CA is an anchor itself, whether it stands below a root or not, and a client need not send it. OpenSSL's own store gives nothing
/// back and sorts itself anew for each CA; this one is only looked up by it. Threads: any.
class TrustStore {
public:
    TrustStore();
    TrustStore(const TrustStore&) = delete;
    TrustStore& operator=(const TrustStore&) = delete;

    /// What the tenant trusts from now on, handshakes under way included; empty for a tenant that is gone.
    void set(std::string_view tenant, const std::vector<std::string>& ca_pems);
    /// Whether a CA of this name and SHA-256 is trusted.
    [[nodiscard]] bool has(const X509_NAME& name, std::string_view sha256) const;
    /// The context verifies by this store, which must outlive it.
    void serve(SSL_CTX* context);
    /// The one that the context was given; null if it was given none.
    [[nodiscard]] static TrustStore* of(SSL_CTX* context);

private:
    struct NameOrder {
        bool operator()(const X509_NAME* left, const X509_NAME* right) const { return X509_NAME_cmp(left, right) < 0; }
    };
    struct Ca {
        pki::Certificate certificate;
        std::string sha256;
    };
    using ByName = std::multimap<const X509_NAME*, Ca, NameOrder>;  // The name is the certificate's own.

    static int find_issuer(X509** issuer, X509_STORE_CTX* context, X509* certificate);
    static STACK_OF(X509) * find_named(X509_STORE_CTX* context, const X509_NAME* name);

    std::unique_ptr<X509_STORE, pki::Freed<&X509_STORE_free>> store_;
    mutable std::shared_mutex mutex_;
    ByName cas_;  // Guarded by mutex_, as the next.
    std::map<std::string, std::vector<ByName::iterator>, std::less<>> of_tenant_;
};

}  // namespace muster::testbroker::net
