// SPDX-License-Identifier: Apache-2.0
// Why TLS failed on this thread.
#include "pki/tls_reason.hpp"

#include "pki/openssl.hpp"

#include <openssl/err.h>

#include <system_error>

namespace muster::pki {

std::string take_tls_reason() {
    const char* text = nullptr;
    int flags = 0;
    const auto first = ERR_get_error_all(nullptr, nullptr, nullptr, &text, &flags);
    std::string reason;
    if (ERR_SYSTEM_ERROR(first))
        reason = std::generic_category().message(ERR_GET_REASON(first));
    else if (first != 0)
        reason = reason_of(first, text, flags);
    ERR_clear_error();
    return reason;
}

}  // namespace muster::pki
