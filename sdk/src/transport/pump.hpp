// SPDX-License-Identifier: Apache-2.0
// Bytes from one connection to another and back, until both have ended.
#pragma once

#include <atomic>
#include <string>

namespace muster::transport {

/// Blocks until the client, or the server with all that it said, has gone, or `stop` is readable; then what the client has said last is
/// still passed on, as far as the server takes it. Holds 16 KiB for each direction: who writes faster than the other reads has to wait.
/// A server that has gone is told
/// to the client as the end of what it reads; what it writes is taken, and thrown away, until it has gone, too.
/// All three are non-blocking; the first two stay open. `first` goes to the server before what the client says. `is_cut_off` becomes true,
/// before the client can know, when the server ends the connection and neither side has said why by an alert of TLS.
void pump(int client, int server, int stop, const std::string& first, std::atomic<bool>& is_cut_off);

}  // namespace muster::transport
