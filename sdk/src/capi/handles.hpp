// SPDX-License-Identifier: Apache-2.0
// What C's opaque handles are.
#pragma once

#include <muster/device.hpp>
#include <muster/device_config.hpp>
#include <muster/muster.h>

#include <memory>

struct muster_config {
    muster::DeviceConfig config;
};

struct muster_device {
    std::unique_ptr<muster::Device> device;
};
