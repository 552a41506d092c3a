// SPDX-License-Identifier: Apache-2.0
// One message on its way to one client.
#pragma once

#include "core/stored_message.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace muster::testbroker::core {

/// Names a shared subscription within its tenant; never used twice. 0: none.
using GroupId = std::uint32_t;

/// Partitioned shared subscriptions share out the devices by these: enough for hundreds of members to get much the same.
using DeviceSlot = std::uint16_t;
inline constexpr std::size_t device_slots = 1'024;

/// Names what a Journal keeps; grows over restarts too. 0: not kept.
using StoredId = std::uint64_t;

/// One delivery that waits or is in flight.
struct Delivery {
    SharedMessage message;
    Qos qos = Qos::at_most_once;
    bool retain = false;
    DeviceSlot slot = 0;  ///< Of its device, if that is partitioned.
    GroupId group = 0;    ///< The shared subscription that it came by.
    std::vector<std::uint32_t> identifiers = {};
    StoredId stored_as = 0;
};

}  // namespace muster::testbroker::core
