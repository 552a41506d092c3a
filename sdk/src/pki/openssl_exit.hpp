// SPDX-License-Identifier: Apache-2.0
// How OpenSSL ends with the process.
#pragma once

namespace muster::pki {

/// Keeps OpenSSL from cleaning up when the process ends: a library's detached threads may still be using it then, and the system takes the
/// memory back anyway. Only the first use of OpenSSL in a process decides. Threads: any.
void leave_openssl_to_process_end();

}  // namespace muster::pki
