// SPDX-License-Identifier: Apache-2.0
// Pauses between attempts.
#include "bulk/retry.hpp"

#include <algorithm>
#include <cstdint>
#include <random>

namespace muster::cli::bulk {
namespace {

constexpr std::chrono::milliseconds first_pause{500};
constexpr std::chrono::milliseconds longest_pause{10'000};
// Whoever asks for more is down for now; the run can be continued later.
constexpr std::chrono::seconds longest_asked{300};

}  // namespace

std::chrono::milliseconds pause_before(unsigned attempt, std::optional<std::chrono::seconds> asked) {
    const auto longest = std::min(longest_pause, first_pause * (1U << std::min(attempt, 8U)));
    std::random_device random;
    const std::chrono::milliseconds pause(std::uniform_int_distribution<std::int64_t>(longest.count() / 10, longest.count())(random));
    return asked ? std::min<std::chrono::milliseconds>(*asked, longest_asked) + pause / 10 : pause;
}

}  // namespace muster::cli::bulk
