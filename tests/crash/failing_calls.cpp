// SPDX-License-Identifier: Apache-2.0
// A disk on which the nth system call goes wrong: this program's definitions come before libc's, also for the libraries it uses.
#include "failing_calls.hpp"

#include "system_calls.hpp"

#include <muster/result.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <string>
#include <vector>

namespace muster::test {
namespace {

// One change that the disk may still forget.
struct Unsynced {
    ino_t file;
    int fd;  // A copy of the one that was written to, so that the file can be reached whatever happens to its name.
    off_t offset;
    off_t size_before;
    std::string bytes_before;
};

struct Disk {
    Misfortune misfortune;
    int* calls = nullptr;  // Shared with the parent.
    std::vector<Unsynced> unsynced;
};

// In the child only; null elsewhere, where every call is passed on.
Disk* disk = nullptr;

ino_t file_of(int fd) {
    struct stat status {};
    return ::fstat(fd, &status) == 0 ? status.st_ino : 0;
}

void remember(int fd, off_t offset, std::size_t size) {
    struct stat status {};
    if (disk == nullptr || disk->misfortune.mishap != Mishap::power_cut || ::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return;
    std::string before(size, '\0');
    const auto got = ::pread(fd, before.data(), size, offset);
    before.resize(static_cast<std::size_t>(std::max<ssize_t>(0, got)));
    disk->unsynced.push_back({status.st_ino, ::dup(fd), offset, status.st_size, std::move(before)});
}

void forget_unsynced() {
    for (auto change = disk->unsynced.rbegin(); change != disk->unsynced.rend(); ++change) {
        const auto& before = change->bytes_before;
        ::syscall(SYS_pwrite64, change->fd, before.data(), before.size(), change->offset);
        ::syscall(SYS_ftruncate, change->fd, change->size_before);
    }
}

void die() {
    ::kill(::getpid(), SIGKILL);
}

// Whether the call is to fail, with errno; does not return if it is the last one.
bool fails() {
    if (disk == nullptr) return false;
    const int call = ++*disk->calls;
    const auto& [mishap, at, syncs] = disk->misfortune;
    const bool for_good = mishap == Mishap::eio_for_good || mishap == Mishap::enospc_for_good;
    if (at == 0 || call < at || (call > at && !for_good)) return false;
    if (mishap == Mishap::power_cut) forget_unsynced();
    if (mishap == Mishap::kill || mishap == Mishap::kill_halfway || mishap == Mishap::power_cut) die();
    errno = mishap == Mishap::eio || mishap == Mishap::eio_for_good ? EIO : ENOSPC;
    return true;
}

bool is_to_be_torn() {
    return disk != nullptr && disk->misfortune.mishap == Mishap::kill_halfway && *disk->calls + 1 == disk->misfortune.at;
}

}  // namespace

// Never a real one, which takes ten thousand times longer: the machine itself loses no power.
int sync(int fd) {
    if (fails()) return -1;
    if (disk == nullptr || disk->misfortune.syncs == SyncCalls::do_nothing) return 0;
    auto& all = disk->unsynced;
    all.erase(std::remove_if(all.begin(), all.end(), [file = file_of(fd)](const Unsynced& one) { return one.file == file; }), all.end());
    return 0;
}

int open_file(const char* path, int flags, mode_t mode) {
    const bool is_new = (flags & O_CREAT) != 0 && ::access(path, F_OK) != 0;
    if (is_new && fails()) return -1;
    return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

ssize_t write_at(int fd, const void* data, size_t size, off_t offset) {
    if (is_to_be_torn()) ::syscall(SYS_pwrite64, fd, data, size / 2, offset);
    if (fails()) return -1;
    remember(fd, offset, size);
    return ::syscall(SYS_pwrite64, fd, data, size, offset);
}

int resize(int fd, off_t size) {
    if (fails()) return -1;
    struct stat status {};
    if (::fstat(fd, &status) == 0 && size < status.st_size) remember(fd, size, static_cast<std::size_t>(status.st_size - size));
    return static_cast<int>(::syscall(SYS_ftruncate, fd, size));
}

int run_with(const Misfortune& misfortune, const std::function<void()>& work) {
    void* const shared = ::mmap(nullptr, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    MUSTER_REQUIRE(shared != MAP_FAILED);
    const pid_t child = ::fork();
    MUSTER_REQUIRE(child >= 0);
    if (child == 0) {
        static Disk in_child;
        in_child.misfortune = misfortune;
        in_child.calls = static_cast<int*>(shared);
        disk = &in_child;
        work();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    const int calls = *static_cast<int*>(shared);
    ::munmap(shared, sizeof(int));
    MUSTER_REQUIRE((WIFEXITED(status) && WEXITSTATUS(status) == 0) || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
    return WIFEXITED(status) ? calls : 0;
}

void say_uncounted(int fd, const void* data, std::size_t size) {
    MUSTER_REQUIRE(::syscall(SYS_write, fd, data, size) == static_cast<long>(size));
}

}  // namespace muster::test

extern "C" {

ssize_t write(int fd, const void* data, size_t size) {
    using namespace muster::test;
    if (disk != nullptr && fails()) return -1;
    if (disk != nullptr) remember(fd, ::lseek(fd, 0, SEEK_CUR), size);
    return ::syscall(SYS_write, fd, data, size);
}
int posix_fallocate(int fd, off_t offset, off_t size) {
    if (muster::test::fails()) return errno;
    return ::syscall(SYS_fallocate, fd, 0, offset, size) == 0 ? 0 : errno;
}
int posix_fallocate64(int fd, off64_t offset, off64_t size) {
    return posix_fallocate(fd, offset, size);
}
int rename(const char* from, const char* to) noexcept {
    return muster::test::fails() ? -1 : static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}
int unlink(const char* path) noexcept {
    return muster::test::fails() ? -1 : static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}
int mkdir(const char* path, mode_t mode) noexcept {
    return muster::test::fails() ? -1 : static_cast<int>(::syscall(SYS_mkdirat, AT_FDCWD, path, mode));
}
}
