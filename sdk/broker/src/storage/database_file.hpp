// SPDX-License-Identifier: Apache-2.0
// One of the broker's own SQLite files: is it one, which format, is it whole.
#pragma once

#include "storage/sqlite.hpp"

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace muster::testbroker::storage {

/// What a file must say of itself to be taken.
struct DatabaseKind {
    std::string_view name;        ///< For people: `registry`.
    std::int64_t application_id;  ///< Tells it from every other SQLite file.
    std::int64_t newest_format;   ///< That this version knows; they count from 1.
};

struct OpenedDatabase {
    Connection connection;
    std::int64_t format;  ///< 0: a new, empty file.
};

/// Opens the file, making it (mode 0600) if it is not there, and sets it up so that what is committed survives a power cut and nobody else
/// can open it. What is damaged, of another kind or of a newer format is refused and left as it is: Code::corrupt,
/// Code::invalid_argument; also Code::unsafe_file, Code::in_use, Code::no_space, Code::io.
Result<OpenedDatabase> open_database_file(const std::filesystem::path& path, const DatabaseKind& kind);

}  // namespace muster::testbroker::storage
