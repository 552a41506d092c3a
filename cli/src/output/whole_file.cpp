// SPDX-License-Identifier: Apache-2.0
// A file that appears whole, through POSIX calls.
#include "output/whole_file.hpp"

#include "base/files.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>
#include <utility>

namespace muster::cli {
namespace {

constexpr std::size_t buffered_bytes = 64U << 10U;

// Nothing is left of a file without a name when its process is killed. Not every file system has such files, and to name one takes /proc.
int open_unnamed(const std::filesystem::path& path) {
    if (::access("/proc/self/fd", X_OK) != 0) return -1;
    const std::filesystem::path directory = path.has_parent_path() ? path.parent_path() : ".";
    return ::open(directory.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR);
}

// Empty if it cannot be.
std::string give_name(int fd, const std::filesystem::path& path) {
    const std::string unnamed = "/proc/self/fd/" + std::to_string(fd);
    constexpr int most_left_behind = 100;
    for (int i = 0; i < most_left_behind; ++i) {
        std::string name = path.string() + ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(i);
        if (::linkat(AT_FDCWD, unnamed.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0) return name;
        if (errno != EEXIST) break;
    }
    return {};
}

}  // namespace

Result<WholeFile> WholeFile::create(const std::filesystem::path& path) {
    std::error_code error;
    const auto type = std::filesystem::status(path, error).type();
    const bool is_special = !error && type != std::filesystem::file_type::regular && type != std::filesystem::file_type::not_found;
    if (is_special) return Error{Code::io, path.string() + " is not a regular file, and is not replaced", "name another file"};
    if (const int unnamed = open_unnamed(path); unnamed >= 0) return WholeFile(path, {}, unnamed);
    std::string temporary = path.string() + ".tmp-XXXXXX";
    const int fd = ::mkostemp(temporary.data(), O_CLOEXEC);
    if (fd < 0) return base::system_error(errno, "cannot write", path);
    return WholeFile(path, std::move(temporary), fd);
}

WholeFile::WholeFile(WholeFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::move(other.temporary_)),
      fd_(std::exchange(other.fd_, -1)),
      buffer_(std::move(other.buffer_)) {}

WholeFile::~WholeFile() {
    if (fd_ < 0) return;
    ::close(fd_);
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Result<void> WholeFile::write(std::string_view text) {
    buffer_ += text;
    return buffer_.size() < buffered_bytes ? Result<void>() : flush();
}

Result<void> WholeFile::flush() {
    std::string_view rest = buffer_;
    while (!rest.empty()) {
        const auto written = ::write(fd_, rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return base::system_error(errno, "cannot write", path_);
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    buffer_.clear();
    return {};
}

Result<void> WholeFile::commit() {
    if (auto flushed = flush(); !flushed) return flushed;
    if (::fsync(fd_) != 0) return base::system_error(errno, "cannot write", path_);
    if (temporary_.empty()) temporary_ = give_name(fd_, path_);
    if (temporary_.empty() || std::rename(temporary_.c_str(), path_.c_str()) != 0)
        return base::system_error(errno, "cannot replace", path_);
    ::close(std::exchange(fd_, -1));
    return base::sync_directory(path_.has_parent_path() ? path_.parent_path() : ".");
}

}  // namespace muster::cli
