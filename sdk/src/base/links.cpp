// SPDX-License-Identifier: Apache-2.0
// Symbolic links that are switched whole, through POSIX calls.
#include "base/links.hpp"

#include "base/files.hpp"
#include "base/random.hpp"

#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <vector>

namespace muster::base {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const fs::path& path) {
    return path.has_parent_path() ? path.parent_path() : ".";
}

}  // namespace

std::optional<fs::path> read_link(const fs::path& path) {
    std::error_code error;
    auto target = fs::read_symlink(path, error);
    if (error) return std::nullopt;
    return target;
}

Result<void> replace_link(const fs::path& path, const fs::path& target) {
    SystemRandom random;
    const std::string temporary = path.string() + ".tmp-" + std::to_string(random.next());
    if (::symlink(target.c_str(), temporary.c_str()) != 0) return system_error(errno, "cannot make the link", path);
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
        const int number = errno;
        ::unlink(temporary.c_str());
        return system_error(number, "cannot replace", path);
    }
    return sync_directory(folder_of(path));
}

Result<void> move_folder(const fs::path& from, const fs::path& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) return system_error(errno, "cannot rename to", to);
    return sync_directory(folder_of(to));
}

Result<void> remove_folder(const fs::path& path) {
    std::error_code error;
    std::vector<fs::path> files;
    for (fs::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) files.push_back(entry->path());
    if (error == std::errc::no_such_file_or_directory) return {};
    if (error) return system_error(error.value(), "cannot read the directory", path);
    for (const auto& file : files) {
        if (::unlink(file.c_str()) != 0 && errno != ENOENT) return system_error(errno, "cannot remove", file);
    }
    if (::rmdir(path.c_str()) != 0 && errno != ENOENT) return system_error(errno, "cannot remove", path);
    return {};
}

}  // namespace muster::base
