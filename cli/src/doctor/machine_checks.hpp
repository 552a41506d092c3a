// SPDX-License-Identifier: Apache-2.0
// Checks of the machine: the queue's place, descriptors, randomness.
#pragma once

#include "doctor/check.hpp"

#include <cstdint>
#include <filesystem>

namespace muster::cli::doctor {

/// That a queue can be written where `queue` is to be, by its owner alone, and that there is room.
[[nodiscard]] Finding check_queue_directory(const std::filesystem::path& queue);

/// `soft` and `hard`: how many files a process may have open, and how many it may ask for.
[[nodiscard]] Finding check_descriptors(std::uint64_t soft, std::uint64_t hard);
/// As this process has it.
[[nodiscard]] Finding check_descriptors();

/// That the kernel has random numbers to give: on a device that has just started it may not.
[[nodiscard]] Finding check_entropy();

}  // namespace muster::cli::doctor
