// SPDX-License-Identifier: Apache-2.0
// Is the identity in this directory complete, safe and usable now?
#pragma once

#include "base/clock.hpp"
#include "base/secret.hpp"

#include <muster/identity.hpp>
#include <muster/result.hpp>

#include <string>

namespace muster::pki {

struct Identity {
    std::string client_id;  ///< The certificate's single CN.
    base::WallTime not_before;
    base::WallTime not_after;
    std::string serial_hex;
};

/// What is in the files, whenever it is good; `key_password` may be null. Fails as check_identity does, but for Code::expired.
Result<Identity> read_identity(const IdentityFiles& files, const base::Secret* key_password = nullptr);

/// Fails with Code::not_found (not enrolled), Code::unsafe_file (others can read the key or write to its directory), Code::corrupt (no
/// key, no certificate, key and certificate do not belong together, no single CN, or one that is no client id), Code::denied (the key
/// password is missing or wrong), Code::expired (not valid at `now`).
Result<Identity> check_identity(const IdentityFiles& files, base::WallTime now, const base::Secret* key_password = nullptr);

}  // namespace muster::pki
