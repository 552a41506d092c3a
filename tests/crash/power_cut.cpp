// SPDX-License-Identifier: Apache-2.0
// A power cut at any call that changes a disk: the calls, counted, and a journal of what is not synced.
#include "power_cut.hpp"

#include <muster/result.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdarg>
#include <cstdlib>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

// NOLINTBEGIN: the linker gives these names
extern "C" {
int __real_open(const char* path, int flags, ...);
ssize_t __real_write(int fd, const void* data, size_t size);
int __real_fsync(int fd);
int __real_fchmod(int fd, mode_t mode);
int __real_rename(const char* from, const char* to);
int __real_link(const char* from, const char* to);
int __real_symlink(const char* target, const char* path);
int __real_unlink(const char* path);
int __real_mkdir(const char* path, mode_t mode);
int __real_rmdir(const char* path);
}

namespace muster::test {
namespace {

namespace fs = std::filesystem;

struct Change {
    std::string folder;
    std::function<void()> undo;
};

struct Disk {
    Cut cut;
    fs::path backup;
    int calls = 0;
    int kept = 0;
    std::map<int, std::string> open;
    std::set<std::string> unsynced_files;
    std::vector<Change> unsynced_names;
};

// In the child only; null elsewhere, where every call is passed on.
Disk* disk = nullptr;
constexpr int cut_status = 77;

void lose() {
    if (disk->cut.loss == Loss::nothing) return;
    for (const auto& file : disk->unsynced_files) static_cast<void>(::truncate(file.c_str(), 0));
    if (disk->cut.loss == Loss::content) return;
    for (auto change = disk->unsynced_names.rbegin(); change != disk->unsynced_names.rend(); ++change) change->undo();
}

void count_call() {
    if (disk == nullptr || ++disk->calls != disk->cut.at) return;
    lose();
    std::_Exit(cut_status);
}

void changed(const std::string& path, std::function<void()> undo) {
    disk->unsynced_names.push_back({fs::path(path).parent_path().string(), std::move(undo)});
}

// A second name for what is about to go; none if there is nothing.
std::string keep(const char* path) {
    const std::string kept = (disk->backup / std::to_string(++disk->kept)).string();
    return __real_link(path, kept.c_str()) == 0 ? kept : std::string();
}

void moved(const std::string& from, const std::string& to) {
    std::set<std::string> files;
    for (const auto& file : disk->unsynced_files) {
        const bool is_it = file == from || file.rfind(from + "/", 0) == 0;
        files.insert(is_it ? to + file.substr(from.size()) : file);
    }
    disk->unsynced_files = files;
}

void synced(int fd) {
    const auto path = disk->open.find(fd);
    if (path == disk->open.end() || disk->cut.syncs == Syncs::are_forgotten) return;
    disk->unsynced_files.erase(path->second);
    auto& names = disk->unsynced_names;
    names.erase(std::remove_if(names.begin(), names.end(), [&](const Change& change) { return change.folder == path->second; }),
                names.end());
}

}  // namespace

bool run_until(const Cut& cut, const fs::path& backup, const std::function<void()>& work) {
    fs::remove_all(backup);
    fs::create_directory(backup);
    const pid_t child = ::fork();
    MUSTER_REQUIRE(child >= 0);
    if (child == 0) {
        static Disk in_child;
        in_child.cut = cut;
        in_child.backup = backup;
        disk = &in_child;
        work();
        std::_Exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    MUSTER_REQUIRE(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == cut_status));
    return WEXITSTATUS(status) == cut_status;
}

}  // namespace muster::test

using muster::test::changed;
using muster::test::count_call;
using muster::test::disk;

extern "C" {

int __wrap_open(const char* path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    const bool is_new = (flags & O_CREAT) != 0 && ::access(path, F_OK) != 0;
    if (is_new) count_call();
    const int fd = __real_open(path, flags, mode);
    if (disk == nullptr || fd < 0) return fd;
    disk->open[fd] = path;
    if (is_new) changed(path, [name = std::string(path)] { __real_unlink(name.c_str()); });
    return fd;
}

ssize_t __wrap_write(int fd, const void* data, size_t size) {
    if (disk == nullptr || disk->open.count(fd) == 0) return __real_write(fd, data, size);
    count_call();
    disk->unsynced_files.insert(disk->open[fd]);
    return __real_write(fd, data, size);
}

int __wrap_fsync(int fd) {
    count_call();
    if (disk != nullptr) muster::test::synced(fd);
    return __real_fsync(fd);
}

int __wrap_fchmod(int fd, mode_t mode) {
    count_call();
    return __real_fchmod(fd, mode);
}

int __wrap_rename(const char* from, const char* to) {
    count_call();
    const std::string kept = disk == nullptr ? std::string() : muster::test::keep(to);
    const int outcome = __real_rename(from, to);
    if (disk == nullptr || outcome != 0) return outcome;
    muster::test::moved(from, to);
    changed(to, [from = std::string(from), to = std::string(to), kept] {
        __real_rename(to.c_str(), from.c_str());
        if (!kept.empty()) __real_rename(kept.c_str(), to.c_str());
    });
    return outcome;
}

int __wrap_link(const char* from, const char* to) {
    count_call();
    const int outcome = __real_link(from, to);
    if (disk != nullptr && outcome == 0) changed(to, [name = std::string(to)] { __real_unlink(name.c_str()); });
    return outcome;
}

int __wrap_symlink(const char* target, const char* path) {
    count_call();
    const int outcome = __real_symlink(target, path);
    if (disk != nullptr && outcome == 0) changed(path, [name = std::string(path)] { __real_unlink(name.c_str()); });
    return outcome;
}

int __wrap_unlink(const char* path) {
    count_call();
    const std::string kept = disk == nullptr ? std::string() : muster::test::keep(path);
    const int outcome = __real_unlink(path);
    if (disk != nullptr && outcome == 0) changed(path, [name = std::string(path), kept] { __real_rename(kept.c_str(), name.c_str()); });
    return outcome;
}

int __wrap_mkdir(const char* path, mode_t mode) {
    count_call();
    const int outcome = __real_mkdir(path, mode);
    if (disk != nullptr && outcome == 0) changed(path, [name = std::string(path)] { std::filesystem::remove_all(name); });
    return outcome;
}

int __wrap_rmdir(const char* path) {
    count_call();
    const int outcome = __real_rmdir(path);
    if (disk != nullptr && outcome == 0) changed(path, [name = std::string(path)] { __real_mkdir(name.c_str(), S_IRWXU); });
    return outcome;
}
}
// NOLINTEND
