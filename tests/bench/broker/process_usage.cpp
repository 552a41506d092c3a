// SPDX-License-Identifier: Apache-2.0
// From the kernel's books.
#include "process_usage.hpp"

#include <muster/result.hpp>

#include <time.h>

#include <fstream>
#include <string>

namespace muster::bench {

std::chrono::nanoseconds processor_time(pid_t pid) {
    clockid_t clock{};
    timespec time{};
    MUSTER_REQUIRE(::clock_getcpuclockid(pid, &clock) == 0 && ::clock_gettime(clock, &time) == 0);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

std::uint64_t resident_bytes(pid_t pid) {
    constexpr std::uint64_t kibibyte = 1'024;
    std::ifstream rollup("/proc/" + std::to_string(pid) + "/smaps_rollup");
    MUSTER_REQUIRE(rollup.is_open());
    std::uint64_t bytes = 0;
    std::string word;
    while (rollup >> word) {
        if (word != "Private_Clean:" && word != "Private_Dirty:") continue;
        std::uint64_t size = 0;
        rollup >> size;
        bytes += size * kibibyte;
    }
    return bytes;
}

}  // namespace muster::bench
