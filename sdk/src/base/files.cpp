// SPDX-License-Identifier: Apache-2.0
// Files that are whole or not there, through POSIX calls.
#include "base/files.hpp"

#include "base/random.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace muster::base {
namespace {

/// Closes what it holds. Threads: one.
class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] bool is_open() const { return fd_ >= 0; }

private:
    int fd_;
};

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

Result<std::string> read_all(int fd, const std::filesystem::path& path, std::size_t max_bytes) {
    std::string content;
    char buffer[16'384];
    while (true) {
        const auto count = ::read(fd, buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return system_error(errno, "cannot read", path);
        if (count == 0) return content;
        content.append(buffer, static_cast<std::size_t>(count));
        if (content.size() > max_bytes)
            return Error{Code::too_large, path.string() + " has more than " + std::to_string(max_bytes) + " bytes"};
    }
}

Result<std::string> load(const std::filesystem::path& path, std::size_t max_bytes, bool secret) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file.is_open()) return system_error(errno, "cannot open", path);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return system_error(errno, "cannot examine", path);
    if (!S_ISREG(status.st_mode)) return Error{Code::io, path.string() + " is not a regular file"};
    if (secret && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return Error{Code::unsafe_file, path.string() + " can be accessed by others than its owner", "chmod 600 " + path.string()};
    }
    return read_all(file.get(), path, max_bytes);
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

}  // namespace

Error system_error(int error_number, std::string_view what, const std::filesystem::path& path) {
    std::string message = std::string(what) + " " + path.string() + ": " + std::generic_category().message(error_number);
    switch (error_number) {
        case ENOENT:
            return {Code::not_found, std::move(message)};
        case EEXIST:
            return {Code::conflict, std::move(message), "choose another name, or remove the file first"};
        case ENOSPC:
        case EDQUOT:
            return {Code::no_space, std::move(message), "make room on the disk and try again"};
        default:
            return {Code::io, std::move(message)};
    }
}

Result<std::string> load_file(const std::filesystem::path& path, std::size_t max_bytes) {
    return load(path, max_bytes, false);
}

Result<std::string> load_secret_file(const std::filesystem::path& path, std::size_t max_bytes) {
    return load(path, max_bytes, true);
}

Result<void> store_file(const std::filesystem::path& path, std::string_view content, Access access, Existing existing) {
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
    const Descriptor directory(::open(directory_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.is_open() || ::fsync(directory.get()) != 0) return system_error(errno, "cannot sync the directory of", path);
    return {};
}

Result<void> make_private_directory(const std::filesystem::path& path) {
    std::error_code error;
    std::filesystem::create_directories(directory_of(path), error);
    if (error) return system_error(error.value(), "cannot make the directory", directory_of(path));
    if (::mkdir(path.c_str(), S_IRWXU) == 0) return {};
    if (errno != EEXIST) return system_error(errno, "cannot make the directory", path);
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return system_error(errno, "cannot examine", path);
    if (!S_ISDIR(status.st_mode)) return Error{Code::conflict, path.string() + " exists and is not a directory"};
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return Error{Code::unsafe_file, "others can write to the directory " + path.string(), "chmod 700 " + path.string()};
    }
    return {};
}

}  // namespace muster::base
