// SPDX-License-Identifier: Apache-2.0
// A disk that is full or broken when the test says so: a shim over SQLite's own VFS (sqlite.org/vfs.html).
#include "support/fault_vfs.hpp"

#include <muster/result.hpp>

#include <sqlite3.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <new>
#include <vector>

namespace muster::test {
namespace {

struct File {
    sqlite3_file base;  // First: SQLite sees this one.
    sqlite3_file* real;
};

struct State {
    sqlite3_vfs vfs{};
    sqlite3_vfs* real = nullptr;
    std::vector<File*> open;
    std::uint64_t capacity = std::numeric_limits<std::uint64_t>::max();
    int fail_sync = 0;
    int fail_write = 0;
    int syncs = 0;
};

// SQLite's callbacks have no context but the file.
std::unique_ptr<State> state;

sqlite3_file* real(sqlite3_file* file) {
    return reinterpret_cast<File*>(file)->real;
}

std::uint64_t size_of(const File& file) {
    sqlite3_int64 size = 0;
    return file.real->pMethods->xFileSize(file.real, &size) == SQLITE_OK ? static_cast<std::uint64_t>(size) : 0;
}

std::uint64_t used_bytes() {
    std::uint64_t sum = 0;
    for (const File* file : state->open) sum += size_of(*file);
    return sum;
}

bool is_due(int& countdown) {
    return countdown > 0 && --countdown == 0;
}

int close(sqlite3_file* file) {
    auto* ours = reinterpret_cast<File*>(file);
    state->open.erase(std::remove(state->open.begin(), state->open.end(), ours), state->open.end());
    return ours->real->pMethods == nullptr ? SQLITE_OK : ours->real->pMethods->xClose(ours->real);
}

int write(sqlite3_file* file, const void* data, int bytes, sqlite3_int64 offset) {
    if (is_due(state->fail_write)) return SQLITE_IOERR_WRITE;
    const auto end = static_cast<std::uint64_t>(offset) + static_cast<std::uint64_t>(bytes);
    const std::uint64_t size = size_of(*reinterpret_cast<File*>(file));
    if (state->capacity == 0 || (end > size && used_bytes() + (end - size) > state->capacity))
        return SQLITE_FULL;  // As the real one answers to ENOSPC.
    return real(file)->pMethods->xWrite(real(file), data, bytes, offset);
}

int sync(sqlite3_file* file, int flags) {
    ++state->syncs;
    if (is_due(state->fail_sync)) return SQLITE_IOERR_FSYNC;
    return real(file)->pMethods->xSync(real(file), flags);
}

int read(sqlite3_file* file, void* data, int bytes, sqlite3_int64 offset) {
    return real(file)->pMethods->xRead(real(file), data, bytes, offset);
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
    return real(file)->pMethods->xTruncate(real(file), size);
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
    return real(file)->pMethods->xFileSize(real(file), size);
}
int lock(sqlite3_file* file, int level) {
    return real(file)->pMethods->xLock(real(file), level);
}
int unlock(sqlite3_file* file, int level) {
    return real(file)->pMethods->xUnlock(real(file), level);
}
int check_reserved(sqlite3_file* file, int* out) {
    return real(file)->pMethods->xCheckReservedLock(real(file), out);
}
int control(sqlite3_file* file, int what, void* argument) {
    // A size hint would grow the file past our capacity.
    if (what == SQLITE_FCNTL_SIZE_HINT) return SQLITE_OK;
    return real(file)->pMethods->xFileControl(real(file), what, argument);
}
int sector_size(sqlite3_file* file) {
    return real(file)->pMethods->xSectorSize(real(file));
}
int characteristics(sqlite3_file* file) {
    return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

// Version 1: no shared memory, as with an exclusive lock, and no memory mapping, so that every byte passes here.
constexpr sqlite3_io_methods methods = {1,       close,          read,    write,       truncate,        sync,    file_size, lock,
                                        unlock,  check_reserved, control, sector_size, characteristics, nullptr, nullptr,   nullptr,
                                        nullptr, nullptr,        nullptr};

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    auto* ours = new (file) File{};
    ours->real = reinterpret_cast<sqlite3_file*>(ours + 1);
    ours->real->pMethods = nullptr;
    const int outcome = state->real->xOpen(state->real, name, ours->real, flags, out_flags);
    if (outcome != SQLITE_OK) return outcome;
    ours->base.pMethods = &methods;
    state->open.push_back(ours);
    return SQLITE_OK;
}

}  // namespace

FaultVfs::FaultVfs() {
    MUSTER_REQUIRE(state == nullptr);
    state = std::make_unique<State>();
    state->real = sqlite3_vfs_find(nullptr);
    state->vfs = *state->real;
    state->vfs.zName = "muster-fault";
    state->vfs.szOsFile = static_cast<int>(sizeof(File)) + state->real->szOsFile;
    state->vfs.xOpen = open;
    MUSTER_REQUIRE(sqlite3_vfs_register(&state->vfs, 1) == SQLITE_OK);
}

FaultVfs::~FaultVfs() {
    sqlite3_vfs_register(state->real, 1);
    sqlite3_vfs_unregister(&state->vfs);
    state.reset();
}

void FaultVfs::set_capacity(std::uint64_t bytes) {
    state->capacity = bytes;
}
void FaultVfs::set_unlimited() {
    state->capacity = std::numeric_limits<std::uint64_t>::max();
}
std::uint64_t FaultVfs::used() {
    return used_bytes();
}
void FaultVfs::fail_sync(int n) {
    state->fail_sync = n;
}
void FaultVfs::fail_write(int n) {
    state->fail_write = n;
}
int FaultVfs::syncs() {
    return state->syncs;
}

}  // namespace muster::test
