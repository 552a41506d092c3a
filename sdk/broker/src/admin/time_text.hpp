// SPDX-License-Identifier: Apache-2.0
// Times as text.
#pragma once

#include <chrono>
#include <string>

namespace muster::testbroker::admin {

/// RFC 3339 in UTC: whole seconds, as `2026-05-04T10:20:30Z`.
[[nodiscard]] std::string rfc3339(std::chrono::system_clock::time_point time);
/// The same with milliseconds.
[[nodiscard]] std::string rfc3339_ms(std::chrono::system_clock::time_point time);

}  // namespace muster::testbroker::admin
