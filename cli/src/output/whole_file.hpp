// SPDX-License-Identifier: Apache-2.0
// A file that is written bit by bit and appears whole, or not at all.
#pragma once

#include <muster/result.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace muster::cli {

/// Writes beside its place, with mode 0600, and takes the place on `commit`; without that, nothing is left of it, even of a
/// process that is killed (but between naming and renaming it, where the file system has files without names).
/// Threads: one at a time.
class WholeFile {
public:
    /// Fails with Code::not_found, Code::io, Code::no_space.
    static Result<WholeFile> create(const std::filesystem::path& path);
    WholeFile(WholeFile&& other) noexcept;
    WholeFile& operator=(WholeFile&&) = delete;
    ~WholeFile();

    Result<void> write(std::string_view text);
    /// Syncs it and replaces what is at the path. Fails with Code::io, Code::no_space.
    Result<void> commit();

private:
    WholeFile(std::filesystem::path path, std::string temporary, int fd)
        : path_(std::move(path)), temporary_(std::move(temporary)), fd_(fd) {}
    Result<void> flush();

    std::filesystem::path path_;
    std::string temporary_;  // Empty while it has no name.
    int fd_;
    std::string buffer_;
};

}  // namespace muster::cli
