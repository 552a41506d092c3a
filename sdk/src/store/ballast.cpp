// SPDX-License-Identifier: Apache-2.0
// Room kept on the disk.
#include "store/ballast.hpp"

#include "base/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace muster::store {
namespace {

// Twice the write-ahead log at its checkpoint (100 pages of 4 KiB) would do; measured on a full tmpfs: 64 KiB too little, 256 KiB enough.
constexpr off_t ballast_bytes = 1 << 20;

}  // namespace

Result<void> Ballast::hold() {
    if (held_) return {};
    const int fd = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0) return base::system_error(errno, "cannot make the ballast", path_);
    const int failed = ::posix_fallocate(fd, 0, ballast_bytes);
    ::close(fd);
    if (failed != 0) {
        ::unlink(path_.c_str());
        return base::system_error(failed, "cannot keep room for draining in", path_);
    }
    held_ = true;
    return {};
}

bool Ballast::release() {
    held_ = false;
    return ::unlink(path_.c_str()) == 0;
}

}  // namespace muster::store
