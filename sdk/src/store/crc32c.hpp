// SPDX-License-Identifier: Apache-2.0
// CRC-32C (Castagnoli; RFC 3720, appendix B.4).
#pragma once

#include <cstdint>
#include <string_view>

namespace muster::store {

/// Continues from `crc`, which is 0 at the start.
[[nodiscard]] std::uint32_t crc32c(std::uint32_t crc, std::string_view bytes);
/// The same, as processors without an instruction for it compute it.
[[nodiscard]] std::uint32_t crc32c_by_tables(std::uint32_t crc, std::string_view bytes);

}  // namespace muster::store
