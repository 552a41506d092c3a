// SPDX-License-Identifier: Apache-2.0
// A program run by a test: its output line by line, and its end.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace muster::test {

/// Inherits no descriptor but 0 to 2 (a copy of a client's socket would keep that connection open), and is killed with the test.
/// Threads: one.
class ChildProcess {
public:
    /// Standard output and standard error come as one stream.
    explicit ChildProcess(const std::vector<std::string>& command);
    /// Kills it, if it still runs.
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    /// The next line without its end; none after the last one, or when the time is over.
    std::optional<std::string> read_line(std::chrono::milliseconds timeout = std::chrono::seconds(20));
    /// -1 after its end.
    [[nodiscard]] pid_t pid() const { return pid_; }
    /// Sends the signal and waits for the end.
    void end(int signal);
    /// Waits for the end; the exit code, or -1 if a signal ended it.
    int wait();

private:
    pid_t pid_ = -1;
    int output_ = -1;
    int status_ = 0;
    std::string pending_;
};

/// Runs a program to its end; its exit code.
int run(const std::vector<std::string>& command);

}  // namespace muster::test
