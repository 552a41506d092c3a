// SPDX-License-Identifier: Apache-2.0
// What C's opaque handles are.
#pragma once

#include <muster/device.hpp>
#include <muster/device_config.hpp>
#include <muster/hooks.hpp>
#include <muster/muster.h>

#include <memory>

// Shared: a device goes on using them when the configuration that it was opened with is gone, or opens another one.
struct muster_config {
    muster::DeviceConfig config;
    std::shared_ptr<const muster::Clock> clock;
    std::shared_ptr<muster::Random> random;
};

struct muster_acknowledgement {
    muster::Acknowledgement acknowledgement;
};

struct muster_device {
    std::shared_ptr<const muster::Clock> clock;
    std::shared_ptr<muster::Random> random;
    std::unique_ptr<muster::Device> device;
};

namespace muster::capi {

inline Device& of(muster_device* device) {
    MUSTER_REQUIRE(device != nullptr);
    return *device->device;
}

}  // namespace muster::capi
