// SPDX-License-Identifier: Apache-2.0
// What a program does instead of the system calls on files that go by several names; each program that takes them has its own.
#pragma once

#include <sys/types.h>

#include <cstddef>

namespace muster::test {

int open_file(const char* path, int flags, mode_t mode);
ssize_t write_at(int fd, const void* data, std::size_t size, off_t offset);
int sync(int fd);
int resize(int fd, off_t size);

}  // namespace muster::test
