// SPDX-License-Identifier: Apache-2.0
// Points in time as RFC 3339 text, in UTC.
#pragma once

#include <chrono>
#include <string>

namespace muster::cli {

/// `2026-11-20T22:34:00Z`
[[nodiscard]] std::string rfc3339(std::chrono::system_clock::time_point time);

}  // namespace muster::cli
