// SPDX-License-Identifier: Apache-2.0
// Readings of the machine the demo runs on, from /proc and /sys.
#pragma once

#include <muster/reading.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace muster::cli::demo {

/// Takes load, memory, CPU time and, where the machine has a sensor, temperature in turn. Threads: one.
class MachineReadings {
public:
    struct Sample {
        std::string topic;  ///< `telemetry/load`, `telemetry/memory`, `telemetry/cpu`, `telemetry/temperature`
        Reading reading;
    };

    MachineReadings();
    /// The next sensor's reading, numbered from 1.
    Sample take();
    [[nodiscard]] bool has_temperature() const { return temperature_.has_value(); }

private:
    std::optional<std::filesystem::path> temperature_;
    std::uint64_t taken_ = 0;
};

}  // namespace muster::cli::demo
