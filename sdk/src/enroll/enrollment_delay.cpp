// SPDX-License-Identifier: Apache-2.0
// When an enrollment that got no certificate is sent again.
#include "enroll/enrollment_delay.hpp"

#include "base/backoff.hpp"

#include <algorithm>

namespace muster::est {

std::optional<std::chrono::milliseconds> delay_before_retry(const Error& error, const ServerWord& word, std::uint32_t attempt,
                                                            std::chrono::milliseconds retry_every, base::Random& random) {
    using namespace std::chrono_literals;
    constexpr std::chrono::milliseconds for_a_person = 30s;
    constexpr std::chrono::milliseconds least = 1s;
    const bool may_pass = error.code() == Code::unavailable || error.code() == Code::unreachable || error.code() == Code::timeout;
    if (!may_pass) return std::nullopt;
    if (retry_every > 0ms) return std::max<std::chrono::milliseconds>(retry_every, word.retry_after);
    if (word.retry_after > 0s) return word.retry_after;
    if (word.status == http_accepted) return for_a_person;
    return least + base::backoff_delay(attempt, {1s, 1min}, random);
}

}  // namespace muster::est
