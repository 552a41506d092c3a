// SPDX-License-Identifier: Apache-2.0
// Why TLS failed on this thread, in OpenSSL's words, for code that knows OpenSSL only by way of another library.
#pragma once

#include <string>

namespace muster::pki {

/// The reason that OpenSSL queued first on the calling thread, for example "certificate verify failed"; empty if there is none. Empties the
/// queue, so that the next failure does not find it. Threads: any.
[[nodiscard]] std::string take_tls_reason();

}  // namespace muster::pki
