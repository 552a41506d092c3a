// SPDX-License-Identifier: Apache-2.0
// The reconnect policies that are compared: ours is the class that the SDK runs, the others are modelled after their sources.
#pragma once

#include "storm.hpp"

#include <muster/device_config.hpp>

#include <memory>
#include <string>
#include <vector>

namespace muster::storm {

struct Contender {
    std::string name;
    std::string what;        ///< For the legend.
    bool has_hints = false;  ///< It meets the bundled broker, which tells when to come back; the others meet any broker.
    std::unique_ptr<Policy> (*make)(std::uint32_t devices, std::uint64_t seed);
};

[[nodiscard]] const std::vector<Contender>& contenders();
/// The SDK's ReconnectPlan, one for each device.
[[nodiscard]] std::unique_ptr<Policy> make_ours(std::uint32_t devices, std::uint64_t seed, const BackoffConfig& config = {});

}  // namespace muster::storm
