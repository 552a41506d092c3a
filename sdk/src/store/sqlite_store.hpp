// SPDX-License-Identifier: Apache-2.0
// Records in an SQLite file that survive a crash of the process or of the machine (docs/reference/outbox-format.md).
#pragma once

#include "store/record_store.hpp"

#include <filesystem>
#include <memory>

namespace muster::store {

/// One connection, exclusive; write-ahead log. A `disk` record is committed with synchronous=FULL. A `process` record is committed with
/// NORMAL, which writes the log but does not wait for the disk: what is written lives in the kernel, so a killed process loses nothing; a
/// power cut may lose what came since the log's last checkpoint (100 pages).
///
/// A file found damaged is set aside as `<path>.corrupt-<time>`, its good records go on in a new one, the others are counted. After an
/// error of the disk the connection is opened anew and what is there is read again: a failed sync is never retried on the same descriptor.
/// Threads: one at a time.
class SqliteStore final {
public:
    /// Opens or creates the file (mode 0600, in a directory of mode 0700 if that is new). The limits cap the file's size. Fails with
    /// Code::in_use, Code::corrupt (not an outbox: it is left as it is), Code::invalid_argument (made by a newer version), Code::no_space,
    /// Code::io.
    static Result<std::unique_ptr<RecordStore>> open(const std::filesystem::path& path, const OutboxLimits& limits);
};

}  // namespace muster::store
