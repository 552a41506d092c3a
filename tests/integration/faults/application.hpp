// SPDX-License-Identifier: Apache-2.0
// The tenant's application, which shows a password and misses nothing while it is away.
#pragma once

#include "integration/device/devices.hpp"
#include "integration/faults/faulty_broker.hpp"
#include "support/temporary_directory.hpp"

#include <filesystem>
#include <fstream>

namespace muster::test {

[[nodiscard]] inline DeviceConfig application_of(const FaultyBroker& broker, const TemporaryDirectory& directory) {
    auto config = config_for(broker.url());
    config.client_id = "dash";
    config.username = "acme/dash";
    config.password_file = directory / "password";
    config.session_expiry = 1h;
    std::ofstream(config.password_file) << "open sesame\n";
    std::filesystem::permissions(config.password_file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return config;
}

}  // namespace muster::test
