// SPDX-License-Identifier: Apache-2.0
// A file of an older format becomes one of this version's, in its place (docs/reference/outbox-format.md).
#pragma once

#include "store/record_row.hpp"
#include "store/sqlite_handle.hpp"

#include <muster/result.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>

namespace muster::store {

/// The format of the open file, its log included.
[[nodiscard]] std::int64_t format_of(sqlite3& database);
/// The accounts of a file of this format; none if there is no row, or it is not as it was written.
[[nodiscard]] std::optional<AccountRow> read_account(sqlite3& database, std::int64_t format);

/// One transaction that adds columns, writes the accounts anew, moves no row and needs a few pages; then the log is taken in, so that an
/// older muster refuses the file. Does nothing to a file of this format. Fails, the file being as it was, with Code::corrupt,
/// Code::invalid_argument (made by a newer version), Code::no_space, Code::io.
Result<void> migrate(sqlite3& database, const std::filesystem::path& path);

/// Makes the indexes that are missing, and the tables beside the records'. They make things fast, or keep what need not be kept: without
/// room for them the outbox works all the same.
Result<void> make_indexes(sqlite3& database, const std::filesystem::path& path);

}  // namespace muster::store
