// SPDX-License-Identifier: Apache-2.0
// Listening sockets that are files.
#pragma once

#include "net/socket.hpp"

#include <muster/result.hpp>

#include <filesystem>

namespace muster::testbroker::net {

/// Fails with Code::invalid_argument if the path does not fit into a socket's address.
Result<void> check_socket_path(const std::filesystem::path& path);

/// Binds a socket of mode 0600 and listens, non-blocking. What a dead process left at `path` is replaced. Fails with
/// Code::invalid_argument, Code::in_use (somebody answers there), Code::io, naming the path.
Result<Socket> listen_unix(const std::filesystem::path& path);

}  // namespace muster::testbroker::net
