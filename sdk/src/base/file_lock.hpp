// SPDX-License-Identifier: Apache-2.0
// One owner at a time, in this process or any other.
#pragma once

#include <muster/result.hpp>

#include <filesystem>
#include <utility>

namespace muster::base {

/// An exclusive lock, on a file of mode 0600, which stays when the lock ends, or on a directory. The kernel releases it with the process.
/// Threads: any one at a time.
class FileLock {
public:
    /// Fails with Code::in_use if somebody holds it, Code::io, Code::no_space.
    static Result<FileLock> acquire(const std::filesystem::path& path);
    /// Nothing is written. Where directories cannot be locked (NFS) it succeeds without a lock. Fails with Code::in_use, Code::not_found,
    /// Code::io.
    static Result<FileLock> acquire_directory(const std::filesystem::path& path);
    ~FileLock();
    FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    FileLock& operator=(FileLock&&) = delete;
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

private:
    explicit FileLock(int fd) : fd_(fd) {}
    int fd_;
};

}  // namespace muster::base
