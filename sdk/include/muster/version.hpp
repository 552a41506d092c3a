// SPDX-License-Identifier: Apache-2.0
// Which muster this is.
#pragma once

#include <string_view>

namespace muster {

/// The version the library was built as, `major.minor.patch` (Semantic Versioning).
[[nodiscard]] std::string_view version() noexcept;

}  // namespace muster
