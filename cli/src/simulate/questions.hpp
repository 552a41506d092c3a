// SPDX-License-Identifier: Apache-2.0
// What of a fleet's secrets a person types.
#pragma once

#include "io.hpp"
#include "simulate/options.hpp"

#include <muster/result.hpp>

#include <string>

namespace muster::cli::simulate {

struct TypedSecrets {
    std::string password;      ///< Of --username; empty: it was not asked for.
    std::string key_password;  ///< Of --key; empty: it was not asked for.
};

/// Asks for the devices' password if -P wants it, and for the password or PIN of --key if it needs one and no file has it. Nothing may have
/// been kept by then: Ctrl-C ends the process. Fails with Code::invalid_argument if -P cannot be meant; without a terminal, and a hint
/// which flag to give, with Code::invalid_argument of the one and Code::denied of the other.
[[nodiscard]] Result<TypedSecrets> ask_secrets(const SimulateOptions& options, Io& io);

}  // namespace muster::cli::simulate
