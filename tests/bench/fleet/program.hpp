// SPDX-License-Identifier: Apache-2.0
// What the two loads that are compared with have in common as programs.
#pragma once

#include <errno.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>

namespace muster::bench {

[[noreturn]] inline void fail(const char* what) {
    std::fprintf(stderr, "%s: %s\n", program_invocation_short_name, what);
    std::exit(1);
}

/// Of this process, in user and kernel.
inline double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto of = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
    return of(usage.ru_utime) + of(usage.ru_stime);
}

}  // namespace muster::bench
