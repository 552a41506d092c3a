// SPDX-License-Identifier: Apache-2.0
// Whether text is UTF-8.
#pragma once

#include <string_view>

namespace muster::cli::bulk {

/// As RFC 3629 has it: no overlong forms, no surrogates, nothing beyond U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace muster::cli::bulk
