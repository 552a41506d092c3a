// SPDX-License-Identifier: Apache-2.0
// From `muster`, which knows the commands, to the program that runs them.
#pragma once

#include <muster/result.hpp>

namespace muster::cli {

/// Becomes the worker of the same version, with the same arguments, environment, streams and process id. Comes back only if that is not
/// possible, with the reason.
[[nodiscard]] Error hand_over(char* const* argv);

}  // namespace muster::cli
