// SPDX-License-Identifier: Apache-2.0
// Passwords come from files or standard input, never from the command line.
#pragma once

#include <muster/identity.hpp>
#include <muster/result.hpp>

#include <istream>
#include <string>

namespace muster::cli {

/// The first line of a file, or of `in` for `-`. Fails with Code::invalid_argument if it is empty, Code::not_found, Code::io,
/// Code::unsafe_file if group or others can read the file; `flag` is named in the message.
Result<std::string> load_secret(const std::string& file_or_dash, std::istream& in, const std::string& flag);

/// The pass phrase of a key or the PIN of a token, from a file or, for `-`, from `in`, which must live as long; none if it is empty. It is
/// read when it is needed, and only once.
[[nodiscard]] KeyPassword key_password(const std::string& file_or_dash, std::istream& in, const std::string& flag);

}  // namespace muster::cli
