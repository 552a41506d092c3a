// SPDX-License-Identifier: Apache-2.0
// What a running process has used: processor time and resident memory.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>

namespace muster::bench {

/// User and system time of all its threads, also of those that have ended, to the nanosecond (/proc/<pid>/stat counts in ticks of 10 ms).
[[nodiscard]] std::chrono::nanoseconds processor_time(pid_t pid);

/// Resident bytes that are its own: the sum of private pages in /proc/<pid>/smaps_rollup, without the libraries that all share.
[[nodiscard]] std::uint64_t resident_bytes(pid_t pid);

}  // namespace muster::bench
