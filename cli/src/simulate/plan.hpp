// SPDX-License-Identifier: Apache-2.0
// From a scenario and the flags of `muster simulate` to a plan.
#pragma once

#include "simulate/options.hpp"
#include "simulate/questions.hpp"
#include "simulate/scenario.hpp"

#include <filesystem>
#include <istream>

namespace muster::cli::simulate {

/// `scenario` has been allotted its devices; of `secrets` those that were typed. Reads the files that the flags name, and keeps passwords
/// in `directory`. Fails with Code::invalid_argument, Code::not_found, Code::unsafe_file, naming the flag or the file.
[[nodiscard]] Result<fleet::SimulationPlan> plan_of(const SimulateOptions& options, Scenario scenario,
                                                    const std::filesystem::path& directory, const TypedSecrets& secrets, std::istream& in);

}  // namespace muster::cli::simulate
