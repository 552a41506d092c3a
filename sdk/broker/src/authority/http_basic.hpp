// SPDX-License-Identifier: Apache-2.0
// HTTP Basic credentials (RFC 7617).
#pragma once

#include "base/secret.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace muster::testbroker::authority {

struct BasicCredentials {
    std::string user;
    base::Secret password;
};

/// Reads an Authorization header's value; nothing if it is not Basic, or is malformed. The last ':' separates, where RFC 7617 says the
/// first: a device id may hold one, a one-time password never does.
[[nodiscard]] std::optional<BasicCredentials> parse_basic(std::string_view authorization);

}  // namespace muster::testbroker::authority
