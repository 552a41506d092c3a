// SPDX-License-Identifier: Apache-2.0
// The CRLs as last signed.
#include "authority/crl_cache.hpp"

#include <utility>
#include <vector>

namespace muster::testbroker::authority {
namespace {

// A clock that was set back makes it too new.
bool is_fresh(base::WallTime signed_at, base::WallTime now) {
    return now >= signed_at && now < signed_at + crl_lifetime / 2;
}

std::vector<RevokedSerial> as_entries(const std::vector<registry::RevokedCertificate>& revoked) {
    std::vector<RevokedSerial> entries;
    entries.reserve(revoked.size());
    for (const auto& [serial, at, reason] : revoked) entries.push_back({serial, at, static_cast<long>(reason)});
    return entries;
}

}  // namespace

Result<std::string> CrlCache::current(std::string_view tenant) {
    const std::lock_guard lock(mutex_);
    // Before the serials are read: what is revoked meanwhile makes the next call read them again.
    const auto withdrawals = registry_.directory().withdrawals();
    const auto now = authority_.now();
    const auto found = signed_.find(tenant);
    const bool is_young = found != signed_.end() && is_fresh(found->second.at, now);
    if (is_young && found->second.withdrawals == withdrawals) return found->second.der;
    const auto revoked = registry_.revoked_certificates(tenant);
    auto issuer = revoked ? authority_.issuer_pem(tenant) : Result<std::string>(revoked.error());
    if (!issuer) {
        if (found != signed_.end()) signed_.erase(found);
        return issuer;
    }
    if (is_young && found->second.serials == revoked->size() && found->second.issuer_pem == *issuer) {
        found->second.withdrawals = withdrawals;
        return found->second.der;
    }
    auto der = authority_.sign_crl(tenant, as_entries(*revoked));
    if (der) signed_[std::string(tenant)] = {withdrawals, revoked->size(), *std::move(issuer), now, *der};
    return der;
}

}  // namespace muster::testbroker::authority
