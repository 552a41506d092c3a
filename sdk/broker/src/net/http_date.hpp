// SPDX-License-Identifier: Apache-2.0
// The time as HTTP writes it.
#pragma once

#include <chrono>
#include <string>

namespace muster::testbroker::net {

/// An answer's Date (RFC 9110, section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`, whatever the locale. A server with a clock sends it
/// (section 6.6.1), so that others can tell their own is wrong.
[[nodiscard]] std::string http_date(std::chrono::system_clock::time_point time);

}  // namespace muster::testbroker::net
