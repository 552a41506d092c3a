// SPDX-License-Identifier: Apache-2.0
// Which features of MQTT clients find at the test broker.
#pragma once

#include <muster/message.hpp>

namespace muster::testbroker {

/// What clients find. Less than everything lets a test play a service that has less (docs/reference/features.md): CONNACK says so, and what
/// is used nevertheless is answered with the reason that the specification has for it.
struct Features {
    Qos maximum_qos = Qos::exactly_once;
    bool retained_messages = true;
    bool wildcard_subscriptions = true;
    bool subscription_identifiers = true;
    bool shared_subscriptions = true;
};

}  // namespace muster::testbroker
