// SPDX-License-Identifier: Apache-2.0
// Files that are whole or not there, through POSIX calls.
#include "base/files.hpp"

#include "base/descriptor.hpp"
#include "base/random.hpp"
#include "base/text.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace muster::base {
namespace {

constexpr std::size_t longest_shown = 1'000;

std::filesystem::path directory_of(const std::filesystem::path& path) {
    return path.has_parent_path() ? path.parent_path() : ".";
}

bool write_all(int fd, std::string_view content) {
    while (!content.empty()) {
        const auto written = ::write(fd, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

// Reads straight into the result: a buffer in between would keep a copy of a secret.
Result<std::string> read_all(int fd, const std::filesystem::path& path, std::size_t expected_bytes, std::size_t max_bytes) {
    std::string content(std::min(expected_bytes, max_bytes) + 1, '\0');  // One more, to see the end without growing.
    std::size_t size = 0;
    while (true) {
        const auto count = ::read(fd, content.data() + size, content.size() - size);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return system_error(errno, "cannot read", path);
        size += static_cast<std::size_t>(count);
        if (size > max_bytes) return Error{Code::too_large, path.string() + " has more than " + std::to_string(max_bytes) + " bytes"};
        if (count == 0) {
            content.resize(size);
            return content;
        }
        if (size == content.size()) content.resize(std::min(size * 2, max_bytes + 1));
    }
}

Result<std::string> load(const std::filesystem::path& path, std::size_t max_bytes, bool secret) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file.is_open()) return system_error(errno, "cannot open", path);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return system_error(errno, "cannot examine", path);
    if (!S_ISREG(status.st_mode)) return Error{Code::io, path.string() + " is not a regular file", "name a file"};
    if (secret && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return Error{Code::unsafe_file, path.string() + " can be accessed by others than its owner", "chmod 600 " + path.string()};
    }
    return read_all(file.get(), path, static_cast<std::size_t>(status.st_size), max_bytes);
}

// Rename would put a file in the place of a device or a pipe: of /dev/null, if root says so.
Result<void> check_replaceable(const std::filesystem::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode)) return {};
    return Error{Code::io, printable(path.string(), longest_shown) + " is not a regular file, and is not replaced", "name another file"};
}

// A link fails where rename would replace: that is what refuses an existing file without a race.
int put_in_place(const std::string& temporary, const std::filesystem::path& path, Existing existing) {
    if (existing == Existing::replace) return ::rename(temporary.c_str(), path.c_str());
    const int linked = ::link(temporary.c_str(), path.c_str());
    const int number = errno;
    ::unlink(temporary.c_str());
    errno = number;
    return linked;
}

// Makes the directory for its owner alone, whatever the umask is. An existing one is left as it is. 0, or the errno.
int make_one(const std::filesystem::path& directory) {
    if (::mkdir(directory.c_str(), S_IRWXU) != 0) return errno == EEXIST ? 0 : errno;
    return ::chmod(directory.c_str(), S_IRWXU) == 0 ? 0 : errno;
}

Result<void> make_directories(const std::filesystem::path& directory) {
    int number = make_one(directory);
    const bool lacks_parent = number == ENOENT && directory.has_parent_path() && directory.parent_path() != directory;
    if (lacks_parent) {
        if (auto made = make_directories(directory.parent_path()); !made) return made;
        number = make_one(directory);
    }
    if (number != 0) return system_error(number, "cannot make the directory", directory);
    return {};
}

const char* advice_for(int error_number) {
    switch (error_number) {
        case EACCES:
        case EPERM:
            return "ls -ld shows who may read and write there";
        case EROFS:
            return "choose a place that can be written";
        case EMFILE:
        case ENFILE:
            return "raise the limit of open files: ulimit -n";
        case ENAMETOOLONG:
            return "choose a shorter path";
        case ELOOP:
            return "a symbolic link leads back to itself: ls -l";
        case EISDIR:
            return "name a file in it";
        case EFBIG:
            return "raise the limit of a file's size: ulimit -f";
        case ENOTDIR:
            return "a file is where a directory should be";
        default:
            return "";
    }
}

}  // namespace

Error system_error(int error_number, std::string_view what, const std::filesystem::path& path) {
    // The reason is last, and must be seen whatever the path is.
    std::string message =
        std::string(what) + " " + printable(path.string(), longest_shown) + ": " + std::generic_category().message(error_number);
    switch (error_number) {
        case ENOENT:
            return {Code::not_found, std::move(message)};
        case EEXIST:
            return {Code::conflict, std::move(message), "choose another name, or remove the file first"};
        case ENOSPC:
        case EDQUOT:
            return {Code::no_space, std::move(message), "make room on the disk and try again"};
        default:
            return {Code::io, std::move(message), advice_for(error_number)};
    }
}

Result<std::string> load_file(const std::filesystem::path& path, std::size_t max_bytes) {
    return load(path, max_bytes, false);
}

Result<std::string> load_secret_file(const std::filesystem::path& path, std::size_t max_bytes) {
    return load(path, max_bytes, true);
}

Result<void> store_file(const std::filesystem::path& path, std::string_view content, Access access, Existing existing) {
    if (existing == Existing::replace) {
        if (auto checked = check_replaceable(path); !checked) return checked;
    }
    SystemRandom random;
    const std::string temporary = path.string() + ".tmp-" + std::to_string(random.next());
    const mode_t mode = access == Access::owner_only ? S_IRUSR | S_IWUSR : S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH;
    {
        const Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
        if (!file.is_open()) return system_error(errno, "cannot write", path);
        if (!write_all(file.get(), content) || ::fchmod(file.get(), mode) != 0 || ::fsync(file.get()) != 0) {
            const int number = errno;
            ::unlink(temporary.c_str());
            return system_error(number, "cannot write", path);
        }
    }
    if (put_in_place(temporary, path, existing) != 0) {
        const int number = errno;
        ::unlink(temporary.c_str());
        return system_error(number, existing == Existing::refuse ? "cannot create" : "cannot replace", path);
    }
    return sync_directory(directory_of(path));
}

Result<void> sync_directory(const std::filesystem::path& path) {
    const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.is_open() || ::fsync(directory.get()) != 0) return system_error(errno, "cannot sync the directory", path);
    return {};
}

Result<void> check_private_directory(const std::filesystem::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return system_error(errno, "cannot examine", path);
    if (!S_ISDIR(status.st_mode)) return Error{Code::conflict, path.string() + " exists and is not a directory"};
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return Error{Code::unsafe_file, "others can write to the directory " + path.string(), "chmod 700 " + path.string()};
    }
    return {};
}

Result<void> make_private_directory(const std::filesystem::path& path) {
    // `a/b/` names the directory `a/b`, not one without a name in it.
    const std::filesystem::path directory = path.has_filename() || !path.has_parent_path() ? path : path.parent_path();
    if (auto made = make_directories(directory); !made) return made;
    return check_private_directory(directory);
}

}  // namespace muster::base
