// SPDX-License-Identifier: Apache-2.0
// What the machine gives to a device.
#include "doctor/machine_checks.hpp"

#include "base/files.hpp"

#include <sys/random.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>

namespace muster::cli::doctor {
namespace {

namespace fs = std::filesystem;

// A device takes some 20: the outbox with its log, lock and ballast, a connection, one more while it tries another, names, renewal.
constexpr std::uint64_t least_descriptors = 64;
constexpr std::uint64_t enough_descriptors = 256;
// The outbox's first megabytes and its ballast; SQLite's log grows to as much again before it is folded back.
constexpr std::uint64_t least_bytes = 16ULL << 20U;
constexpr std::uint64_t enough_bytes = 64ULL << 20U;
constexpr std::uint64_t bytes_per_mib = 1U << 20U;

std::string mib(std::uint64_t bytes) {
    return std::to_string(bytes / bytes_per_mib) + " MiB";
}

}  // namespace

Finding check_queue_directory(const fs::path& queue) {
    if (queue.empty()) return nothing("no --queue is named");
    const fs::path directory = queue.has_parent_path() ? queue.parent_path() : fs::path(".");
    const std::string name = directory.string();
    std::error_code failure;
    if (!fs::is_directory(directory, failure)) return fail(name + " is no directory", "make it: install -d -m 700 " + name);
    struct statvfs room {};
    if (::statvfs(directory.c_str(), &room) != 0) return fail(name + ": " + std::generic_category().message(errno), "see mount");
    if ((room.f_flag & ST_RDONLY) != 0)
        return fail(name + " lies on a file system that is mounted read-only", "mount it for writing, or put the queue elsewhere");
    if (::access(directory.c_str(), W_OK | X_OK) != 0)
        return fail(name + " cannot be written by this user", "make it this user's: chown, or chmod u+rwx " + name);
    if (const auto checked = base::check_private_directory(directory); !checked)
        return fail(checked.error().message(), checked.error().hint());
    const std::uint64_t free = static_cast<std::uint64_t>(room.f_bavail) * room.f_frsize;
    if (free < least_bytes) return fail(name + " has " + mib(free) + " left", "make room: a queue needs " + mib(least_bytes) + " at least");
    if (free < enough_bytes) return warn(name + " has " + mib(free) + " left", "make room, or bound the queue (outbox.max_bytes)");
    Finding finding = good(name + " can be written, " + mib(free) + " free");
    finding.details["free_bytes"] = free;
    return finding;
}

Finding check_descriptors(std::uint64_t soft, std::uint64_t hard) {
    if (soft == RLIM_INFINITY) return good("no limit");
    const std::string found = "a process may have " + std::to_string(soft) + " files open";
    const bool may_raise = hard >= enough_descriptors;
    const std::string fix =
        (may_raise ? "ulimit -n " : "raise the hard limit, too: LimitNOFILE= or ulimit -Hn ") + std::to_string(enough_descriptors);
    if (soft < least_descriptors) return fail(found + "; a device needs " + std::to_string(least_descriptors), fix);
    if (soft < enough_descriptors) return warn(found, fix);
    return good(found);
}

Finding check_descriptors() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return nothing("the limit is not known");
    return check_descriptors(limit.rlim_cur, limit.rlim_max);
}

Finding check_entropy() {
    std::array<char, 16> bytes{};
    if (::getrandom(bytes.data(), bytes.size(), GRND_NONBLOCK) == static_cast<ssize_t>(bytes.size()))
        return good("the kernel has random numbers");
    if (errno == EAGAIN)
        return fail("the kernel has no random numbers yet; keys and connections wait for them",
                    "give it a source: a hardware generator, or haveged");
    return fail("getrandom: " + std::generic_category().message(errno), "a kernel from 3.17 on is needed");
}

}  // namespace muster::cli::doctor
