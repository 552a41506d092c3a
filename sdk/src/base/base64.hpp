// SPDX-License-Identifier: Apache-2.0
// Base64 (RFC 4648, section 4), written on one line, read with any white space.
#pragma once

#include <muster/result.hpp>

#include <string>
#include <string_view>

namespace muster::base {

[[nodiscard]] std::string encode_base64(std::string_view bytes);

/// Skips spaces, tabs and line ends. Fails with Code::corrupt for any other character outside the alphabet, and for wrong padding.
Result<std::string> decode_base64(std::string_view text);

}  // namespace muster::base
