// SPDX-License-Identifier: Apache-2.0
// Whom to trust next.
#include "enroll/trust_anchors.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>

namespace muster::est {
namespace {

using Certificates = std::vector<pki::Certificate>;

constexpr int least_security_bits = 112;
constexpr int ca_by_basic_constraints = 1;

bool has_expired(const X509& certificate, base::WallTime now) {
    return now > pki::time_of(*X509_get0_notAfter(&certificate));
}

bool is_worthy_root(X509& certificate, base::WallTime now) {
    const EVP_PKEY* key = X509_get0_pubkey(&certificate);
    const bool is_worthy = key != nullptr && X509_check_ca(&certificate) == ca_by_basic_constraints &&
                           X509_self_signed(&certificate, 1) == 1 && EVP_PKEY_get_security_bits(key) >= least_security_bits &&
                           !has_expired(certificate, now);
    ERR_clear_error();
    return is_worthy;
}

void add(Certificates& anchors, X509& certificate) {
    const bool is_known =
        std::any_of(anchors.begin(), anchors.end(), [&](const auto& anchor) { return X509_cmp(anchor.get(), &certificate) == 0; });
    if (is_known) return;
    X509_up_ref(&certificate);
    anchors.emplace_back(&certificate);
}

}  // namespace

Certificates next_trust_anchors(const Certificates& in_use, const Certificates& offered, base::WallTime now) {
    Certificates anchors;
    for (const auto& anchor : in_use) {
        if (!has_expired(*anchor, now)) add(anchors, *anchor);
    }
    for (const auto& certificate : offered) {
        if (is_worthy_root(*certificate, now)) add(anchors, *certificate);
    }
    if (anchors.empty()) {
        for (const auto& anchor : in_use) add(anchors, *anchor);
    }
    return anchors;
}

}  // namespace muster::est
