// SPDX-License-Identifier: Apache-2.0
// How OpenSSL ends with the process.
#include "pki/openssl_exit.hpp"

#include <openssl/crypto.h>

namespace muster::pki {

void leave_openssl_to_process_end() {
    // It fails only where every later use of OpenSSL fails, and says so.
    static_cast<void>(OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr));
}

}  // namespace muster::pki
