// SPDX-License-Identifier: Apache-2.0
// Finding the worker, by where this program is, and becoming it.
#include "hand_over.hpp"

#include <muster/version.hpp>

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>

namespace muster::cli {
namespace {

namespace fs = std::filesystem;

// Each version's is in a directory of its own, so that the two are always of one.
std::string versions_beside(const fs::path& worker) {
    std::string versions;
    std::error_code error;
    for (fs::directory_iterator entry(worker.parent_path().parent_path(), error), end; !error && entry != end; entry.increment(error)) {
        versions += (versions.empty() ? "" : ", ") + entry->path().filename().string();
    }
    return versions;
}

Error not_there(const fs::path& worker) {
    const std::string others = versions_beside(worker);
    const std::string what = others.empty() ? std::string() : ", only that of version " + others;
    return {Code::io, worker.string() + ": there is no such program" + what,
            "muster " + std::string(version()) +
                " needs it to run commands: install both again, and have other places link to where muster is instead of copying it"};
}

}  // namespace

Error hand_over(char* const* argv) {
    std::error_code error;
    const fs::path self = fs::read_symlink("/proc/self/exe", error);
    if (error) return {Code::io, "/proc/self/exe: " + error.message(), "mount /proc: muster finds there what runs its commands"};
    const fs::path worker = (self.parent_path() / MUSTER_WORKER).lexically_normal();
    ::execv(worker.c_str(), argv);
    if (errno == ENOENT) return not_there(worker);
    return {Code::io, worker.string() + ": " + std::generic_category().message(errno), "it must be a program that may be run"};
}

}  // namespace muster::cli
