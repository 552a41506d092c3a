// SPDX-License-Identifier: Apache-2.0
// Which policies make sense.
#include "authority/est_policy.hpp"

#include <string>

namespace muster::testbroker::authority {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

struct Range {
    seconds least;
    seconds most;
    const char* words;
};

Result<void> check(const char* name, seconds value, const Range& range) {
    if (value >= range.least && value <= range.most) return {};
    return Error{Code::invalid_argument, std::string(name) + " is " + std::to_string(value.count()) + " s, and must be " + range.words};
}

}  // namespace

Result<void> check_policy(const EstPolicy& policy) {
    // A clock further off than a month is wrong, not slow; and what is expired for ten years has no owner any more.
    constexpr hours day(24);
    const Range lifetime{seconds(1), longest_lifetime, "1 s to 397 days"};
    const Range backdate{seconds(0), 30 * day, "0 s to 30 days"};
    const Range grace{seconds(0), 3'650 * day, "0 s to 10 years"};
    const Range poll{seconds(1), day, "1 s to 24 h"};
    if (auto good = check("certificate_lifetime", policy.validity.lifetime, lifetime); !good) return good;
    if (auto good = check("certificate_backdate", policy.validity.backdate, backdate); !good) return good;
    if (auto good = check("expired_renewal_grace", policy.expired_grace, grace); !good) return good;
    return check("approval_poll", policy.approval_poll, poll);
}

}  // namespace muster::testbroker::authority
