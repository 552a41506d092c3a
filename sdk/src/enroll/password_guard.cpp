// SPDX-License-Identifier: Apache-2.0
// Looks for a password in what a server says.
#include "enroll/password_guard.hpp"

#include "base/base64.hpp"
#include "base/secret.hpp"

namespace muster::est {

bool holds_password(const std::string& text, const HttpsRequest& request) {
    if (request.password.is_empty()) return false;
    std::string credentials = request.username + ":" + std::string(request.password.view());
    std::string encoded = base::encode_base64(credentials);
    const bool held = text.find(request.password.view()) != std::string::npos || text.find(encoded) != std::string::npos;
    base::wipe(credentials);
    base::wipe(encoded);
    return held;
}

}  // namespace muster::est
