// SPDX-License-Identifier: Apache-2.0
// A file without a name, by Linux's /proc.
#include "bulk/anonymous_file.hpp"

#include "base/files.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <utility>

namespace muster::cli::bulk {

Result<AnonymousFile> AnonymousFile::create() {
    std::error_code ignored;
    auto directory = std::filesystem::temp_directory_path(ignored);
    std::string name = (directory / "muster-XXXXXX").string();
    const int fd = ::mkostemp(name.data(), O_CLOEXEC);
    if (fd < 0) return base::system_error(errno, "cannot keep what was read in", directory);
    ::unlink(name.c_str());
    return AnonymousFile(fd);
}

AnonymousFile::AnonymousFile(AnonymousFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

AnonymousFile::~AnonymousFile() {
    if (fd_ >= 0) ::close(fd_);
}

Result<void> AnonymousFile::write(std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(fd_, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return base::system_error(errno, "cannot keep what was read in", "a temporary file");
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<void> AnonymousFile::copy(std::istream& in) {
    std::array<char, 65'536> chunk{};
    while (in) {
        in.read(chunk.data(), chunk.size());
        if (auto written = write({chunk.data(), static_cast<std::size_t>(in.gcount())}); !written) return written;
    }
    return {};
}

std::filesystem::path AnonymousFile::path() const {
    return "/proc/self/fd/" + std::to_string(fd_);
}

}  // namespace muster::cli::bulk
