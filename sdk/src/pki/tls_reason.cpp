// SPDX-License-Identifier: Apache-2.0
// Why TLS failed on this thread.
#include "pki/tls_reason.hpp"

#include <openssl/err.h>

#include <system_error>

namespace muster::pki {

std::string take_tls_reason() {
    const auto first = ERR_get_error();
    ERR_clear_error();
    if (first == 0) return {};
    if (ERR_SYSTEM_ERROR(first)) return std::generic_category().message(ERR_GET_REASON(first));
    const char* text = ERR_reason_error_string(first);
    return text == nullptr ? "error " + std::to_string(first) : text;
}

}  // namespace muster::pki
