// SPDX-License-Identifier: Apache-2.0
// Another program, by fork and exec.
#include "child_command.hpp"

#include "process_tree.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace muster::cli {
namespace {

constexpr int exit_of_signal = 128;
constexpr std::chrono::seconds grace{2};  // Well below what TimeLimit leaves for cleaning up.

// Those that are passed on, and the one that tells of its end.
sigset_t kept_signals() {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCHLD}) ::sigaddset(&set, number);
    return set;
}

std::vector<std::string> lines_of(const Environment& environment) {
    std::vector<std::string> lines;
    for (char** line = environ; *line != nullptr; ++line) {
        const std::string_view text = *line;
        if (environment.count(std::string(text.substr(0, text.find('=')))) == 0) lines.emplace_back(text);
    }
    for (const auto& [name, value] : environment) {
        if (value) lines.push_back(name + "=" + *value);
    }
    return lines;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (auto& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

// Between fork and exec, beside other threads' locks: nothing here may take one.
[[noreturn]] void become(char* const* words, char* const* environment, const sigset_t& signals, int failure, pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(exit_of_signal + SIGTERM);
    ::pthread_sigmask(SIG_SETMASK, &signals, nullptr);
    ::execvpe(words[0], words, environment);
    const int why = errno;
    const ssize_t told = ::write(failure, &why, sizeof why);
    ::_exit(told < 0 ? 1 : 127);
}

// What exec failed with; 0: it has not.
int read_failure(int from) {
    int why = 0;
    ssize_t count = 0;
    do {
        count = ::read(from, &why, sizeof why);
    } while (count < 0 && errno == EINTR);
    return count == static_cast<ssize_t>(sizeof why) ? why : 0;
}

Error no_program(const std::string& name, int why) {
    const std::string reason = std::strerror(why);  // NOLINT(concurrency-mt-unsafe): glibc's is one for each thread.
    if (why == ENOENT) return {Code::not_found, name + ": there is no such program", "give its path, or put its directory into PATH"};
    return {Code::io, name + ": cannot be executed (" + reason + ")"};
}

// The signal that has come; -1 if none has by then.
int wait_until(std::optional<std::chrono::steady_clock::time_point> time, const sigset_t& set, siginfo_t& info) {
    if (!time) return ::sigwaitinfo(&set, &info);
    const auto left = std::max<std::chrono::nanoseconds>(*time - std::chrono::steady_clock::now(), std::chrono::nanoseconds(0));
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec relative{seconds.count(), (left - seconds).count()};
    return ::sigtimedwait(&set, &info, &relative);
}

}  // namespace

ChildCommand::ChildCommand() {
    const sigset_t set = kept_signals();
    ::pthread_sigmask(SIG_BLOCK, &set, &before_);
    std::signal(SIGCHLD, SIG_DFL);  // Whoever started us may have had it ignored, and then nobody can be waited for.
}

ChildCommand::~ChildCommand() {
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

Result<void> ChildCommand::start(const std::vector<std::string>& words, const Environment& environment) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return Error{Code::io, "cannot make a pipe for " + words.front()};
    std::vector<std::string> arguments = words;
    std::vector<std::string> variables = lines_of(environment);
    const std::vector<char*> argument_pointers = pointers_to(arguments);
    const std::vector<char*> variable_pointers = pointers_to(variables);
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child == 0) become(argument_pointers.data(), variable_pointers.data(), before_, ends[1], parent);
    ::close(ends[1]);
    const int why = child < 0 ? errno : read_failure(ends[0]);
    ::close(ends[0]);
    if (child < 0)
        return Error{Code::io, words.front() + ": cannot be started (" + std::strerror(why) + ")"};  // NOLINT(concurrency-mt-unsafe)
    if (why != 0) {
        while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
        }
        return no_program(words.front(), why);
    }
    pid_ = child;
    return {};
}

Exit ChildCommand::wait() {
    const sigset_t set = kept_signals();
    for (;;) {
        siginfo_t info{};
        const int number = wait_until(kill_at_, set, info);
        int status = 0;
        if (number == SIGCHLD && ::waitpid(pid_, &status, WNOHANG) == pid_) {
            pid_ = -1;
            return static_cast<Exit>(WIFSIGNALED(status) ? exit_of_signal + WTERMSIG(status) : WEXITSTATUS(status));
        }
        if (number > 0 && number != SIGCHLD) pass_on(info);
        if (kill_at_ && std::chrono::steady_clock::now() >= *kill_at_) {
            kill_at_.reset();
            kill_tree(pid_);
        }
    }
}

void ChildCommand::pass_on(const siginfo_t& info) {
    // What a terminal sends, it sends to every program in the foreground.
    if (info.si_code == SI_KERNEL) return;
    ::kill(pid_, info.si_signo);
    // Whoever else wants it to end may wait as long as they like.
    if (info.si_pid == ::getpid() && !kill_at_) kill_at_ = std::chrono::steady_clock::now() + grace;
}

Exit exit_for_start(const Error& error) noexcept {
    return error.code() == Code::not_found ? Exit::no_program : Exit::not_executable;
}

}  // namespace muster::cli
