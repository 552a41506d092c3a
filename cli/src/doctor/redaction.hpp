// SPDX-License-Identifier: Apache-2.0
// Text for others, without the secrets that may stand in it.
#pragma once

#include <string>

namespace muster::cli::doctor {

/// The text without what a URL in it has before its `@`, and without anything that looks like a key in PEM.
[[nodiscard]] std::string redacted(std::string text);

}  // namespace muster::cli::doctor
