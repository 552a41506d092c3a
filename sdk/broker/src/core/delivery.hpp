// SPDX-License-Identifier: Apache-2.0
// One message on its way to one client.
#pragma once

#include "core/stored_message.hpp"

#include <cstdint>
#include <vector>

namespace muster::testbroker::core {

/// Names a shared subscription within its tenant; never used twice. 0: none.
using GroupId = std::uint32_t;

/// One delivery that waits or is in flight.
struct Delivery {
    SharedMessage message;
    Qos qos = Qos::at_most_once;
    bool retain = false;
    std::vector<std::uint32_t> identifiers;
    GroupId group = 0;  ///< The shared subscription that it came by.
};

}  // namespace muster::testbroker::core
