// SPDX-License-Identifier: Apache-2.0
// Passwords come from files or standard input, never from the command line.
#pragma once

#include "io.hpp"

#include <muster/identity.hpp>
#include <muster/result.hpp>

#include <filesystem>
#include <istream>
#include <string>

namespace muster::cli {

/// The first line of a file, or of `in` for `-`. Fails with Code::invalid_argument if it is empty, Code::not_found, Code::io,
/// Code::unsafe_file if group or others can read the file; `flag` is named in the message.
Result<std::string> load_secret(const std::string& file_or_dash, std::istream& in, const std::string& flag);

/// The pass phrase of a key or the PIN of a token, from a file or, for `-`, from `in`, which must live as long; none if it is empty. It is
/// read when it is needed, and only once.
[[nodiscard]] KeyPassword key_password(const std::string& file_or_dash, std::istream& in, const std::string& flag);

/// As above. Without a file it is asked for on the terminal, if the key cannot do without: it is in `key_file`, encrypted or a token's, or,
/// where that is not there, it is to be made in the token `key_store`. Without a terminal the error names `flag`.
[[nodiscard]] KeyPassword key_password_for(const std::filesystem::path& key_file, const std::string& key_store,
                                           const std::string& file_or_dash, Io& io, const std::string& flag = "--key-password-file");

/// As key_password_for(), of the key in an identity directory; none where no directory is named.
[[nodiscard]] KeyPassword key_password_of(const std::filesystem::path& identity_dir, const std::string& file_or_dash, Io& io);

/// 128 random bits in hexadecimal.
[[nodiscard]] std::string make_password();

}  // namespace muster::cli
