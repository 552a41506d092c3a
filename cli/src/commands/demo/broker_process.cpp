// SPDX-License-Identifier: Apache-2.0
// A broker in a process of its own.
#include "commands/demo/broker_process.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <vector>

namespace muster::cli::demo {
namespace {

constexpr int ready_timeout_ms = 10'000;
constexpr int child_ready_fd = 3;

// One line from the pipe; what came before its end or the timeout.
std::string read_line(int fd) {
    std::string line;
    pollfd waiting{fd, POLLIN, 0};
    char c = 0;
    while (::poll(&waiting, 1, ready_timeout_ms) == 1 && ::read(fd, &c, 1) == 1 && c != '\n') line += c;
    return line;
}

Result<BrokerPlaces> parse_ready(const std::string& line) {
    const auto ready = nlohmann::json::parse(line, nullptr, false);
    if (!ready.is_object() || !ready.contains("listeners")) {
        return Error{Code::unavailable, "the broker process did not become ready; its own message stands above"};
    }
    BrokerPlaces places;
    places.mqtts_url = ready["listeners"].at(0).value("url", "");
    places.est_url = ready.value("est_url", "");
    places.admin = ready.value("admin", "");
    places.ca_file = ready.value("cafile", "");
    return places;
}

[[noreturn]] void become_broker(const char* const* arguments, int ready, pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(1);
    // stdout carries the demo's own lines only.
    const int null = ::open("/dev/null", O_RDWR);
    ::dup2(null, STDIN_FILENO);
    ::dup2(null, STDOUT_FILENO);
    if (ready == child_ready_fd) {
        ::fcntl(child_ready_fd, F_SETFD, 0);
    } else {
        ::dup2(ready, child_ready_fd);
    }
    ::execv("/proc/self/exe", const_cast<char* const*>(arguments));  // NOLINT(cppcoreguidelines-pro-type-const-cast): execv changes nothing
    ::_exit(127);
}

}  // namespace

Result<std::unique_ptr<BrokerProcess>> BrokerProcess::start(const std::string& state_dir) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return Error{Code::io, "cannot make a pipe to the broker process"};
    const pid_t parent = ::getpid();
    const std::string ready_fd = std::to_string(child_ready_fd);
    // A socket of its own: what the environment or a context says of another broker's is not meant.
    const std::string admin = "unix:" + state_dir + "/admin.sock";
    const std::vector<const char*> arguments{"muster",      "--quiet",    "broker",         "run",  "--state", state_dir.c_str(), "--admin",
                                             admin.c_str(), "--ready-fd", ready_fd.c_str(), nullptr};

    const pid_t child = ::fork();
    if (child == 0) become_broker(arguments.data(), ends[1], parent);
    ::close(ends[1]);
    if (child < 0) {
        ::close(ends[0]);
        return Error{Code::io, "cannot start the broker process"};
    }
    auto process = std::unique_ptr<BrokerProcess>(new BrokerProcess(child));
    const std::string line = read_line(ends[0]);
    ::close(ends[0]);
    auto places = parse_ready(line);
    if (!places) return std::move(places).error();
    process->places_ = std::move(*places);
    return process;
}

BrokerProcess::~BrokerProcess() {
    ::kill(pid_, SIGTERM);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

}  // namespace muster::cli::demo
