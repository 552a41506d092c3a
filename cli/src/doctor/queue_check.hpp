// SPDX-License-Identifier: Apache-2.0
// The check of a device's outbox: whether it is one, whether it is whole, and what waits in it.
#pragma once

#include "doctor/check.hpp"

#include <filesystem>

namespace muster::cli::doctor {

/// Looks at a copy, so that nothing of the file is changed; an outbox that a device has open is that device's to look at.
[[nodiscard]] Finding check_queue(const std::filesystem::path& queue);

}  // namespace muster::cli::doctor
