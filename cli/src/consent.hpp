// SPDX-License-Identifier: Apache-2.0
// What a command is about to change: only told with --dry-run, and asked for first where something would be lost.
#pragma once

#include "io.hpp"

#include <muster/result.hpp>

#include <optional>
#include <string>

namespace muster::cli {

/// How a command ends whose user, when asked, did not agree.
[[nodiscard]] Error not_agreed_to();

/// To be called after every check and before the first change, with what that does: "make tenant acme". None: go on. Otherwise that is how
/// the command ends: with --dry-run it has been said, and nothing is to be changed.
[[nodiscard]] std::optional<Exit> stop_before(const Io& io, const std::string& change);

/// The same of what cannot be had back. It is asked for on a terminal and needs --yes elsewhere, Exit::usage without.
[[nodiscard]] std::optional<Exit> stop_before_loss(const Io& io, const std::string& loss);

/// The same, for losses that the name must be typed for, or given with --confirm (`confirmed`, empty if not).
[[nodiscard]] std::optional<Exit> stop_before_loss_of(const Io& io, const std::string& name, const std::string& confirmed,
                                                      const std::string& loss);

}  // namespace muster::cli
