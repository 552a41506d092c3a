// SPDX-License-Identifier: Apache-2.0
// An outbox looked at from outside: a copy of it, so that looking changes nothing.
#pragma once

#include "store/record_store.hpp"

#include <muster/result.hpp>

#include <filesystem>
#include <memory>

namespace muster::store {

/// A copy of an outbox that nobody has open, in a temporary directory of mode 0700 that goes with it. What opening an outbox may do (take a
/// log in, bring it to this format, repair it) is done to the copy.
/// Threads: one at a time.
class StoreCopy {
public:
    /// Nothing is written beside `path`. Fails with Code::not_found, Code::corrupt (no outbox), Code::invalid_argument (made by a newer
    /// version), Code::in_use, Code::no_space, Code::io.
    static Result<std::unique_ptr<StoreCopy>> make(const std::filesystem::path& path);
    ~StoreCopy();
    StoreCopy(const StoreCopy&) = delete;
    StoreCopy& operator=(const StoreCopy&) = delete;

    [[nodiscard]] RecordStore& store() { return *store_; }
    /// As far as it has been read: what was found damaged is repaired in the copy, and counted.
    [[nodiscard]] bool is_damaged() const;

private:
    explicit StoreCopy(std::filesystem::path directory) : directory_(std::move(directory)) {}

    std::filesystem::path directory_;
    std::unique_ptr<RecordStore> store_;
};

/// Opens an outbox that is there, to change it. Fails as SqliteStore::open, and with Code::not_found where that would make a new one.
Result<std::unique_ptr<RecordStore>> open_existing(const std::filesystem::path& path);

}  // namespace muster::store
