// SPDX-License-Identifier: Apache-2.0
// Where a broker keeps its files.
#pragma once

#include <muster/result.hpp>

#include <filesystem>
#include <memory>

namespace muster::testbroker {

/// The state directory: given, or a temporary one that is removed. Threads: one.
class StateDirectory {
public:
    /// Empty: a new temporary one. Fails with Code::io or Code::no_space.
    static Result<std::unique_ptr<StateDirectory>> make(const std::filesystem::path& given);
    ~StateDirectory();
    StateDirectory(const StateDirectory&) = delete;
    StateDirectory& operator=(const StateDirectory&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    StateDirectory(std::filesystem::path path, bool temporary) : path_(std::move(path)), temporary_(temporary) {}
    std::filesystem::path path_;
    bool temporary_;
};

}  // namespace muster::testbroker
