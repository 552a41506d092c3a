// SPDX-License-Identifier: Apache-2.0
// When an enrollment that got no certificate is sent again: a pure function of the answer, the caller's wish and a draw.
#pragma once

#include "base/random.hpp"
#include "enroll/est_client.hpp"

#include <muster/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace muster::est {

/// None: asking again does not mend this error. Never sooner than the server asks for (RFC 7030, section 4.2.3); where it does not say, 30
/// s for an administrator, and 1 s to a minute, more with every attempt (counted from 0), for a server or network in trouble. `retry_every`
/// takes the place of these, unless it is 0.
[[nodiscard]] std::optional<std::chrono::milliseconds> delay_before_retry(const Error& error, const ServerWord& word, std::uint32_t attempt,
                                                                          std::chrono::milliseconds retry_every, base::Random& random);

}  // namespace muster::est
