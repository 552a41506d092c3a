// SPDX-License-Identifier: Apache-2.0
// What the kernel says of this process: bytes on its connection, resident memory.
#pragma once

#include <cstdint>

namespace muster::bench {

/// Bytes that this process's connections to a port of 127.0.0.1 have sent, headers of TCP/IP not counted; closed ones are forgotten.
[[nodiscard]] std::uint64_t wire_bytes(std::uint16_t port);
/// Of this process.
[[nodiscard]] std::uint64_t resident_bytes();

}  // namespace muster::bench
