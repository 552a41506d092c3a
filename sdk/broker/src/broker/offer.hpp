// SPDX-License-Identifier: Apache-2.0
// What the configuration says of what clients find, checked and in the core's words.
#pragma once

#include "net/shard.hpp"

#include <muster/testbroker/broker.hpp>

namespace muster::testbroker {

/// Fails with Code::invalid_argument, naming the field.
[[nodiscard]] Result<net::ShardLimits> limits_of(const BrokerConfig& config);

}  // namespace muster::testbroker
