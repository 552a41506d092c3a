// SPDX-License-Identifier: Apache-2.0
// A program run by a test.
#include "support/child_process.hpp"

#include <muster/result.hpp>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <utility>

namespace muster::test {

ChildProcess::ChildProcess(const std::vector<std::string>& command) {
    // Made before the fork: after it only async-signal-safe calls are allowed, for the test has threads.
    std::vector<std::string> words = command;
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    std::array<int, 2> ends{};
    MUSTER_REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    pid_ = ::fork();
    MUSTER_REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::dup2(ends[1], STDOUT_FILENO);
        ::dup2(ends[1], STDERR_FILENO);
        ::close_range(STDERR_FILENO + 1, UINT_MAX, 0);
        ::execvp(arguments.front(), arguments.data());
        ::_exit(127);
    }
    ::close(ends[1]);
    output_ = ends[0];
}

ChildProcess::~ChildProcess() {
    end(SIGKILL);
    ::close(output_);
}

std::optional<std::string> ChildProcess::read_line(std::chrono::milliseconds timeout) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    while (true) {
        if (const auto end = pending_.find('\n'); end != std::string::npos) {
            std::string line = pending_.substr(0, end);
            pending_.erase(0, end + 1);
            return line;
        }
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        pollfd wait{output_, POLLIN, 0};
        if (left.count() <= 0 || ::poll(&wait, 1, static_cast<int>(left.count())) <= 0) return std::nullopt;
        std::array<char, 4096> buffer{};
        const auto got = ::read(output_, buffer.data(), buffer.size());
        if (got <= 0) return std::nullopt;
        pending_.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

void ChildProcess::end(int signal) {
    if (pid_ < 0) return;
    ::kill(pid_, signal);
    wait();
}

int ChildProcess::wait() {
    if (const pid_t pid = std::exchange(pid_, -1); pid >= 0) MUSTER_REQUIRE(::waitpid(pid, &status_, 0) == pid);
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : -1;
}

int run(const std::vector<std::string>& command) {
    ChildProcess child(command);
    while (child.read_line()) {
    }
    return child.wait();
}

}  // namespace muster::test
