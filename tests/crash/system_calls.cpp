// SPDX-License-Identifier: Apache-2.0
// This program's definitions of the calls that go by several names: they come before libc's, also for the libraries it uses.
#include "system_calls.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdarg>

extern "C" {

#define MUSTER_OPEN_MODE(flags)           \
    mode_t mode = 0;                      \
    if (((flags)&O_CREAT) != 0) {         \
        va_list arguments;                \
        va_start(arguments, flags);       \
        mode = va_arg(arguments, mode_t); \
        va_end(arguments);                \
    }

int open(const char* path, int flags, ...) {
    MUSTER_OPEN_MODE(flags)
    return muster::test::open_file(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
    MUSTER_OPEN_MODE(flags)
    return muster::test::open_file(path, flags | O_LARGEFILE, mode);
}
ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
    return muster::test::write_at(fd, data, size, offset);
}
ssize_t pwrite64(int fd, const void* data, size_t size, off64_t offset) {
    return muster::test::write_at(fd, data, size, offset);
}
int fsync(int fd) {
    return muster::test::sync(fd);
}
int fdatasync(int fd) {
    return muster::test::sync(fd);
}
int ftruncate(int fd, off_t size) noexcept {
    return muster::test::resize(fd, size);
}
int ftruncate64(int fd, off64_t size) noexcept {
    return muster::test::resize(fd, size);
}
}
