// SPDX-License-Identifier: Apache-2.0
// A file of an older format becomes one of format 3, in its place (docs/reference/outbox-format.md).
#pragma once

#include "store/sqlite_handle.hpp"

#include <muster/result.hpp>

#include <filesystem>

namespace muster::store {

/// The format of the open file, its log included.
[[nodiscard]] std::int64_t format_of(sqlite3& database);

/// One transaction that adds columns, moves no row and needs a few pages; then the log is taken in, so that an older muster refuses the
/// file. Does nothing to a file of format 3. Fails, the file being as it was, with Code::corrupt, Code::no_space, Code::io.
Result<void> migrate(sqlite3& database, const std::filesystem::path& path);

/// Makes the indexes that are missing, and the tables beside the records'. They make things fast, or keep what need not be kept: without
/// room for them the outbox works all the same.
Result<void> make_indexes(sqlite3& database, const std::filesystem::path& path);

}  // namespace muster::store
