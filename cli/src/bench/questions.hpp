// SPDX-License-Identifier: Apache-2.0
// What of a load's secrets a person types.
#pragma once

#include "bench/options.hpp"
#include "io.hpp"

#include <string>

namespace muster::cli::bench {

/// Fails with Code::invalid_argument if -P beside such flags cannot be meant.
[[nodiscard]] Result<void> check_password_question(const std::string& username, const std::string& password_file);

/// Fails with Code::invalid_argument where there is no terminal, Code::denied if nothing is entered.
[[nodiscard]] Result<std::string> ask_password_of(const std::string& username, const Io& io);

/// Fails with Code::invalid_argument if -P cannot be meant.
[[nodiscard]] Result<void> check_questions(const BenchOptions& options);

/// Asks for the clients' password if -P wants it, and for the password or PIN of --key if it needs one and no file has given it. Fails
/// without a terminal, and a hint which flag to give, with Code::invalid_argument of the one and Code::denied of the other.
[[nodiscard]] Result<void> ask_secrets(const BenchOptions& options, fleet::BenchPlan& plan, Io& io);

}  // namespace muster::cli::bench
