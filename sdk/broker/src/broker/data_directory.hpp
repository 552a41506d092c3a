// SPDX-License-Identifier: Apache-2.0
// Where a broker keeps its files.
#pragma once

#include <muster/result.hpp>

#include <filesystem>
#include <memory>

namespace muster::testbroker {

/// The data directory: given, or a temporary one that is removed. Threads: one.
class DataDirectory {
public:
    /// Empty: a new temporary one. Fails with Code::io or Code::no_space.
    static Result<std::unique_ptr<DataDirectory>> make(const std::filesystem::path& given);
    ~DataDirectory();
    DataDirectory(const DataDirectory&) = delete;
    DataDirectory& operator=(const DataDirectory&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    DataDirectory(std::filesystem::path path, bool temporary) : path_(std::move(path)), temporary_(temporary) {}
    std::filesystem::path path_;
    bool temporary_;
};

}  // namespace muster::testbroker
