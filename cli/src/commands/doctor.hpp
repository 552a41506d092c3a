// SPDX-License-Identifier: Apache-2.0
// `muster doctor`: is this device set up as it must be, and if not, what mends it?
#pragma once

#include "commands/config.hpp"
#include "doctor/options.hpp"
#include "io.hpp"

namespace muster::cli {

/// Exit::check_failed if a check has failed.
[[nodiscard]] Exit run_doctor(const doctor::DoctorOptions& options, const ConfigScene& scene, Io& io);

}  // namespace muster::cli
