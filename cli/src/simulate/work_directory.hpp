// SPDX-License-Identifier: Apache-2.0
// A place for outboxes and password files that is gone with the run.
#pragma once

#include <muster/result.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

namespace muster::cli::simulate {

/// Of mode 0700, removed with its owner. Threads: one.
class WorkDirectory {
public:
    /// Fails with Code::io.
    static Result<std::unique_ptr<WorkDirectory>> make();
    ~WorkDirectory();
    WorkDirectory(const WorkDirectory&) = delete;
    WorkDirectory& operator=(const WorkDirectory&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    explicit WorkDirectory(std::filesystem::path path) : path_(std::move(path)) {}

    std::filesystem::path path_;
};

/// The SDK reads a password from a file, for every connection anew: that file, of mode 0600; empty, as the password is: there is none.
/// Fails with Code::io, and if the file is there.
[[nodiscard]] Result<std::filesystem::path> keep_secret(const std::string& secret, const std::filesystem::path& file);

}  // namespace muster::cli::simulate
