// SPDX-License-Identifier: Apache-2.0
// One owner at a time, by flock: unlike POSIX record locks it also excludes a second opening in the same process, and is not lost when
// another descriptor of the file is closed.
#include "base/file_lock.hpp"

#include "base/files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace muster::base {
namespace {

Error held_by_another(const std::filesystem::path& path) {
    return {Code::in_use, path.string() + " is held by another process", "stop the other process first"};
}

}  // namespace

Result<FileLock> FileLock::acquire(const std::filesystem::path& path) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0) return system_error(errno, "cannot open the lock", path);
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return FileLock(fd);
    const int number = errno;
    ::close(fd);
    if (number == EWOULDBLOCK) return held_by_another(path);
    return system_error(number, "cannot lock", path);
}

Result<FileLock> FileLock::acquire_directory(const std::filesystem::path& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return system_error(errno, "cannot open", path);
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return FileLock(fd);
    ::close(fd);
    return held_by_another(path);
}

FileLock::~FileLock() {
    if (fd_ >= 0) ::close(fd_);
}

}  // namespace muster::base
