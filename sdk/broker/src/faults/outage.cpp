// SPDX-License-Identifier: Apache-2.0
// The broker is away for a while.
#include "faults/outage.hpp"

#include <algorithm>
#include <string>

namespace muster::testbroker::faults {

Result<void> check_outage(std::chrono::milliseconds duration) {
    if (duration.count() >= 1 && duration <= longest_outage) return {};
    return Error{Code::invalid_argument, "an outage of " + std::to_string(duration.count()) + " ms cannot be made", "give 1 to 3600000 ms"};
}

bool Outage::begin(base::SteadyTime now, std::chrono::milliseconds duration) {
    const bool was_present = !until_;
    until_ = until_ ? std::max(*until_, now + duration) : now + duration;
    return was_present;
}

void Outage::shorten(base::SteadyTime until) {
    if (until_) until_ = std::min(*until_, until);
}

bool Outage::ends(base::SteadyTime now) {
    if (!until_ || now < *until_) return false;
    until_.reset();
    return true;
}

}  // namespace muster::testbroker::faults
