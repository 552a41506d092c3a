// SPDX-License-Identifier: Apache-2.0
// A program and the programs that it has started, as Linux tells of them in /proc.
#include "process_tree.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

namespace muster::cli {
namespace {

// proc(5), stat: "PID (NAME) STATE PPID ...", where the name may have blanks and brackets. 0: it is gone.
pid_t parent_of(const std::filesystem::path& process) {
    std::ifstream file(process / "stat");
    const std::string line((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    const auto name_end = line.rfind(')');
    if (name_end == std::string::npos) return 0;
    std::istringstream rest(line.substr(name_end + 1));
    char state = 0;
    pid_t parent = 0;
    rest >> state >> parent;
    return parent;
}

std::multimap<pid_t, pid_t> children_by_parent() {
    std::multimap<pid_t, pid_t> children;
    std::error_code error;
    for (auto entry = std::filesystem::directory_iterator("/proc", error); !error && entry != std::filesystem::directory_iterator();
         entry.increment(error)) {
        const pid_t process = std::atoi(entry->path().filename().c_str());  // NOLINT(cert-err34-c): what is no number is no process.
        if (process > 0) children.emplace(parent_of(entry->path()), process);
    }
    return children;
}

}  // namespace

void kill_tree(pid_t root) {
    const auto children = children_by_parent();
    std::vector<pid_t> tree{root};
    for (std::size_t i = 0; i < tree.size(); ++i) {
        const auto [begin, end] = children.equal_range(tree[i]);
        for (auto child = begin; child != end; ++child) tree.push_back(child->second);
    }
    for (const pid_t process : tree) ::kill(process, SIGKILL);
}

bool is_started_by(pid_t root) {
    pid_t process = ::getppid();
    while (process != root && process > 1) process = parent_of("/proc/" + std::to_string(process));
    return process == root;
}

}  // namespace muster::cli
