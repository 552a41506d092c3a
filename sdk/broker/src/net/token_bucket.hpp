// SPDX-License-Identifier: Apache-2.0
// So many a second, and no more than one second's worth at once.
#pragma once

#include "base/clock.hpp"

#include <algorithm>
#include <chrono>

namespace muster::testbroker::net {

/// Threads: one.
class TokenBucket {
public:
    /// 0: without limit.
    explicit TokenBucket(double per_second) : per_second_(per_second), tokens_(std::max(per_second, 1.0)) {}

    [[nodiscard]] bool take(base::SteadyTime now) {
        if (per_second_ <= 0) return true;
        const double most = std::max(per_second_, 1.0);
        if (now > last_) tokens_ = std::min(most, tokens_ + per_second_ * std::chrono::duration<double>(now - last_).count());
        last_ = std::max(last_, now);
        if (tokens_ < 1.0) return false;
        tokens_ -= 1.0;
        return true;
    }

    [[nodiscard]] double per_second() const { return per_second_; }

private:
    double per_second_;
    double tokens_;
    base::SteadyTime last_;
};

}  // namespace muster::testbroker::net
