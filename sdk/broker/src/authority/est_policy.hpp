// SPDX-License-Identifier: Apache-2.0
// What the EST service grants, and for how long.
#pragma once

#include "authority/authority.hpp"

#include <muster/result.hpp>

#include <chrono>

namespace muster::testbroker::authority {

/// Who may renew, and how long what is issued is good.
struct EstPolicy {
    Validity validity{longest_lifetime, Validity{}.backdate};  ///< Unless a tenant's policy gives a shorter lifetime.
    /// So long after its end a certificate still renews itself: for devices that were off. 0: not at all.
    std::chrono::seconds expired_grace{0};
    /// After which a device asks again whether an administrator has approved. People decide, and ten thousand devices that ask meanwhile
    /// cost some 300 requests a second.
    std::chrono::seconds approval_poll{30};
};

/// Fails with Code::invalid_argument, in the words of BrokerConfig.
Result<void> check_policy(const EstPolicy& policy);

}  // namespace muster::testbroker::authority
