// SPDX-License-Identifier: Apache-2.0
// Records in an SQLite file that survive a crash of the process or of the machine (docs/reference/outbox-format.md).
#pragma once

#include "store/record_store.hpp"

#include <filesystem>
#include <memory>

namespace muster::store {

/// One connection, exclusive; write-ahead log. A `disk` record is committed with synchronous=FULL; a `process` record with NORMAL, which
/// skips the wait for the disk: a killed process loses nothing, a power cut at most what came since the log's last checkpoint (100 pages).
/// Threads: one at a time.
class SqliteStore final : public RecordStore {
public:
    /// Opens or creates the file (mode 0600, in a directory of mode 0700 if that is new). `max_bytes` caps the file's size, with room for
    /// its own bookkeeping. Fails with Code::in_use, Code::corrupt (damaged, or not an outbox: it is left as it is), Code::invalid_argument
    /// (made by a newer version), Code::no_space, Code::io.
    static Result<std::unique_ptr<RecordStore>> open(const std::filesystem::path& path, std::uint64_t max_bytes);
};

}  // namespace muster::store
