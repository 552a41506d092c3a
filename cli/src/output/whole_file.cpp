// SPDX-License-Identifier: Apache-2.0
// A file that appears whole, through POSIX calls.
#include "output/whole_file.hpp"

#include "base/files.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace muster::cli {
namespace {

constexpr std::size_t buffered_bytes = 64U << 10U;

}  // namespace

Result<WholeFile> WholeFile::create(const std::filesystem::path& path) {
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
    ::unlink(temporary_.c_str());
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
    if (::fsync(fd_) != 0 || std::rename(temporary_.c_str(), path_.c_str()) != 0) return base::system_error(errno, "cannot replace", path_);
    ::close(std::exchange(fd_, -1));
    return base::sync_directory(path_.has_parent_path() ? path_.parent_path() : ".");
}

}  // namespace muster::cli
