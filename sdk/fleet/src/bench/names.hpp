// SPDX-License-Identifier: Apache-2.0
// Names of many clients from one pattern.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace muster::fleet {

/// `%i` becomes the number, `%r` the run id, `%%` a percent sign; any other `%` stays.
[[nodiscard]] std::string expand_name(std::string_view pattern, std::uint32_t number, std::string_view run_id);

}  // namespace muster::fleet
