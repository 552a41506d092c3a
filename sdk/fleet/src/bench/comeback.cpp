// SPDX-License-Identifier: Apache-2.0
// The ceilings of the SDK's backoff.
#include "bench/comeback.hpp"

#include "base/backoff.hpp"

#include <algorithm>

namespace muster::fleet {
namespace {

using std::chrono::milliseconds;

// As the SDK has them: the first attempt that was not answered waits up to 16 times the base, later ones up to three times the cap.
constexpr int first_unanswered = 16;
constexpr int unanswered_caps = 3;

}  // namespace

milliseconds Comeback::first_delay(const BenchReturn& rule, base::Random& random) {
    turned_away_ = 0;
    unanswered_ = 0;
    if (!rule.jitter) return milliseconds(0);
    return milliseconds(static_cast<std::int64_t>(base::draw_up_to(random, static_cast<std::uint64_t>(rule.spread.count()))));
}

milliseconds Comeback::delay_after(Code why, const BenchReturn& rule, base::Random& random) {
    const bool is_unanswered = why == Code::timeout;
    const milliseconds ceiling =
        is_unanswered ? base::grown(unanswered_++, {first_unanswered * rule.base,
                                                    std::max(unanswered_caps * rule.cap, first_unanswered * rule.base), 4, 1})
                      : base::grown(turned_away_++, {rule.base, std::max(rule.cap, rule.base), 3, 2});
    return rule.jitter ? base::equal_jitter(ceiling, random) : ceiling;
}

}  // namespace muster::fleet
