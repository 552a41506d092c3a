// SPDX-License-Identifier: Apache-2.0
// What a program does to a folder: this program's definitions of system calls come before libc's, also for the libraries it uses.
#include "disk_journal.hpp"

#include "system_calls.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <memory>
#include <optional>

namespace muster::test {
namespace {

struct Recorder {
    std::string folder;
    DiskJournal journal;
    std::uint64_t marks = 0;
};

// While there is one the calls are written down.
Recorder* recorder = nullptr;

bool is_ballast(const std::string& name) {
    const std::string end = "ballast";
    return name.size() >= end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0;
}

// The name in the folder; none for what is elsewhere, or of no interest.
std::optional<std::string> name_of(const std::string& path) {
    if (recorder == nullptr || path.rfind(recorder->folder + "/", 0) != 0) return std::nullopt;
    std::string name = path.substr(recorder->folder.size() + 1);
    if (is_ballast(name)) return std::nullopt;
    return name;
}

std::optional<std::string> name_of(int fd) {
    if (recorder == nullptr) return std::nullopt;
    char path[PATH_MAX];
    const auto length = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path, sizeof path);
    if (length < 0) return std::nullopt;
    return name_of(std::string(path, static_cast<std::size_t>(length)));
}

void note(DiskCall::Kind kind, const std::optional<std::string>& name, std::uint64_t at = 0, std::string bytes = {}) {
    if (name) recorder->journal.push_back({kind, *name, at, std::move(bytes)});
}

}  // namespace

int open_file(const char* path, int flags, mode_t mode) {
    const bool is_new = (flags & O_CREAT) != 0 && ::access(path, F_OK) != 0;
    const int fd = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode));
    if (is_new && fd >= 0) note(DiskCall::Kind::create, name_of(std::string(path)));
    return fd;
}

ssize_t write_at(int fd, const void* data, size_t size, off_t offset) {
    note(DiskCall::Kind::write, name_of(fd), static_cast<std::uint64_t>(offset), std::string(static_cast<const char*>(data), size));
    return ::syscall(SYS_pwrite64, fd, data, size, offset);
}

int resize(int fd, off_t size) {
    note(DiskCall::Kind::resize, name_of(fd), static_cast<std::uint64_t>(size));
    return static_cast<int>(::syscall(SYS_ftruncate, fd, size));
}

int sync(int fd) {
    note(DiskCall::Kind::sync, name_of(fd));
    return 0;
}

DiskJournal journal_of(const std::filesystem::path& folder, const std::function<void()>& work) {
    const auto made = std::make_unique<Recorder>();
    made->folder = std::filesystem::canonical(folder).string();
    recorder = made.get();
    struct End {
        ~End() { recorder = nullptr; }  // Also when a test fails in it.
    } end;
    work();
    return std::move(made->journal);
}

void mark() {
    if (recorder != nullptr) recorder->journal.push_back({DiskCall::Kind::mark, {}, ++recorder->marks, {}});
}

}  // namespace muster::test

using muster::test::DiskCall;
using muster::test::name_of;
using muster::test::note;

extern "C" {

ssize_t write(int fd, const void* data, size_t size) {
    if (muster::test::recorder != nullptr) {
        const auto at = ::lseek(fd, 0, SEEK_CUR);
        note(DiskCall::Kind::write, name_of(fd), static_cast<std::uint64_t>(at), std::string(static_cast<const char*>(data), size));
    }
    return ::syscall(SYS_write, fd, data, size);
}
// Of the ballast only, which takes no room here.
int posix_fallocate(int /*fd*/, off_t /*offset*/, off_t /*size*/) {
    return 0;
}
int posix_fallocate64(int /*fd*/, off64_t /*offset*/, off64_t /*size*/) {
    return 0;
}
int rename(const char* from, const char* to) noexcept {
    const int outcome = static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
    if (outcome == 0) note(DiskCall::Kind::rename, name_of(std::string(from)), 0, name_of(std::string(to)).value_or(""));
    return outcome;
}
int unlink(const char* path) noexcept {
    const int outcome = static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, path, 0));
    if (outcome == 0) note(DiskCall::Kind::remove, name_of(std::string(path)));
    return outcome;
}
}
