// SPDX-License-Identifier: Apache-2.0
// Which failures may be gone in a while, and how long that while is.
#pragma once

#include <muster/result.hpp>

#include <chrono>
#include <optional>

namespace muster::cli::bulk {

[[nodiscard]] constexpr bool is_worth_a_retry(Code code) {
    return code == Code::unavailable || code == Code::unreachable || code == Code::timeout;
}

/// Before the attempt after the first, the second... (`attempt` 0, 1...): drawn, so that workers that were refused together do not come
/// back together; at least what the server asked for.
[[nodiscard]] std::chrono::milliseconds pause_before(unsigned attempt, std::optional<std::chrono::seconds> asked = std::nullopt);

}  // namespace muster::cli::bulk
