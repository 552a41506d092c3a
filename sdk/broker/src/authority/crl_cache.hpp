// SPDX-License-Identifier: Apache-2.0
// The CRLs as last signed: whoever asks again gets the same one, until it says too little or gets old.
#pragma once

#include "authority/authority.hpp"
#include "registry/registry.hpp"

#include <muster/result.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace muster::testbroker::authority {

/// A CRL is for everybody, so whoever asks must not cost a signature and a reading of the registry each time.
/// Threads: any; a call may wait for the disk and for another call.
class CrlCache {
public:
    /// Both are borrowed for the cache's life.
    CrlCache(const Authority& authority, const registry::Registry& registry) : authority_(authority), registry_(registry) {}

    /// The tenant's CRL as DER: with every certificate that was revoked before the call, signed by its present issuing CA, and with more
    /// than half of its life before it. Fails with Code::not_found.
    Result<std::string> current(std::string_view tenant);

private:
    struct Signed {
        std::uint64_t withdrawals = 0;  // Of all tenants, when the serials were read. While it stays, nothing has been revoked.
        std::size_t serials = 0;        // They only grow in number, while the tenant has its CA.
        std::string issuer_pem;
        base::WallTime at;
        std::string der;
    };
    const Authority& authority_;
    const registry::Registry& registry_;
    std::mutex mutex_;  // Held while the registry is asked, so that a hundred who ask at once cost one signature.
    std::map<std::string, Signed, std::less<>> signed_;
};

}  // namespace muster::testbroker::authority
