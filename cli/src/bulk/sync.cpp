// SPDX-License-Identifier: Apache-2.0
// syncfs(2).
#include "bulk/sync.hpp"

#include "base/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace muster::cli::bulk {

Result<void> sync_file_system(const std::filesystem::path& directory) {
    const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return base::system_error(errno, "cannot open", directory);
    const int number = ::syncfs(fd) == 0 ? 0 : errno;
    ::close(fd);
    return number == 0 ? Result<void>() : base::system_error(number, "cannot sync", directory);
}

}  // namespace muster::cli::bulk
