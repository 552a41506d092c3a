// SPDX-License-Identifier: Apache-2.0
// HTTP Basic credentials, parsed.
#include "authority/http_basic.hpp"

#include "base/base64.hpp"

#include <strings.h>

namespace muster::testbroker::authority {

std::optional<BasicCredentials> parse_basic(std::string_view authorization) {
    constexpr std::string_view scheme = "Basic ";
    if (authorization.size() < scheme.size() || ::strncasecmp(authorization.data(), scheme.data(), scheme.size()) != 0) return std::nullopt;
    auto decoded = base::decode_base64(authorization.substr(scheme.size()));
    if (!decoded) return std::nullopt;
    const base::Secret credentials(std::move(decoded).value());
    const auto colon = credentials.view().rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    std::string password(credentials.view().substr(colon + 1));
    return BasicCredentials{std::string(credentials.view().substr(0, colon)), base::Secret(std::move(password))};
}

}  // namespace muster::testbroker::authority
