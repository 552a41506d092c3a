// SPDX-License-Identifier: Apache-2.0
// RLIMIT_NOFILE.
#include "load/open_files.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

namespace muster::fleet {
namespace {

// What a process opens beside its connections.
constexpr rlim_t other_files = 64;

}  // namespace

Result<void> allow_more_open_files(std::uint64_t more, const std::string& who) {
    const auto open = std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
    const rlim_t wanted = more + other_files + static_cast<rlim_t>(open);
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= wanted) return {};
    const rlimit raised{wanted, std::max(limit.rlim_max, wanted)};
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) return {};
    return Error{Code::io, who + " need " + std::to_string(wanted) + " open files, and the limit is " + std::to_string(limit.rlim_max),
                 "raise it in this shell, as root: ulimit -n " + std::to_string(wanted)};
}

}  // namespace muster::fleet
