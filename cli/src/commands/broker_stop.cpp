// SPDX-License-Identifier: Apache-2.0
// `muster broker stop`: tells the process behind an admin socket to end, and waits for it.
#include "commands/broker_admin.hpp"
#include "consent.hpp"
#include "process_tree.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string_view>
#include <vector>

namespace muster::cli {
namespace {

// Where --timeout says nothing.
constexpr std::chrono::milliseconds patience{30'000};
constexpr std::string_view scheme = "unix:";

/// Closes what it holds.
class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const { return fd_; }

private:
    int fd_;
};

Error no_broker(const std::string& path, int why) {
    const std::string reason = std::strerror(why);  // NOLINT(concurrency-mt-unsafe): glibc's is one for each thread.
    return {Code::unreachable, "no broker answers at " + path + " (" + reason + ")", "name another with --admin"};
}

// Who listens there, as the kernel has it.
Result<pid_t> listener_at(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return no_broker(path, ENAMETOOLONG);
    path.copy(address.sun_path, path.size());
    const Descriptor client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return no_broker(path, errno);  // NOLINT
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(client.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return no_broker(path, errno);
    return peer.pid;
}

// A broker that is part of another program, a test for example, is not ended with that.
bool is_broker_run(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/cmdline", std::ios::binary);
    const std::string words(std::istreambuf_iterator<char>(file), {});
    const auto has = [&words](const char* word) {
        return words.find(std::string("\0", 1) + word + std::string("\0", 1)) != std::string::npos;
    };
    return has("broker") && has("run");
}

Result<pid_t> broker_at(const std::string& admin) {
    if (admin.rfind(scheme, 0) != 0) {
        return Error{Code::invalid_argument,
                     admin.empty() ? "no broker is named" : "a broker is stopped through its admin socket, not " + admin,
                     "give --admin unix:PATH, or set MUSTER_ADMIN to what `muster broker run` printed"};
    }
    auto pid = listener_at(admin.substr(scheme.size()));
    if (!pid || is_broker_run(*pid)) return pid;
    return Error{Code::denied,
                 "the broker at " + admin + " is part of another program (process " + std::to_string(*pid) + "), which stops it"};
}

Result<void> tell(pid_t pid) {
    if (::kill(pid, SIGTERM) == 0 || errno == ESRCH) return {};
    const std::string reason = std::strerror(errno);  // NOLINT(concurrency-mt-unsafe): glibc's is one for each thread.
    return Error{Code::denied, "process " + std::to_string(pid) + " cannot be stopped (" + reason + ")"};
}

// Of a process that ended before it could be looked at, there is nothing to wait for.
Result<void> end_process(pid_t pid, const Io& io) {
    const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (auto told = tell(pid); !told) return told;
    pollfd waiting{process.get(), POLLIN, 0};
    const int limit = io.has_time_limit ? -1 : static_cast<int>(patience.count());
    if (process.get() < 0) return {};
    int ended = 0;
    do ended = ::poll(&waiting, 1, limit);
    while (ended < 0 && errno == EINTR);
    if (ended == 1) return {};
    return Error{Code::timeout, "process " + std::to_string(pid) + " was told to stop, and has not ended within 30 s",
                 "give a longer --timeout"};
}

}  // namespace

Exit run_broker_stop(const BrokerStopOptions& options, Io& io) {
    const auto pid = broker_at(options.admin);
    if (!pid) return io.fail(pid.error());
    if (const auto end = stop_before(io, "stop the broker at " + options.admin)) return *end;
    // A broker waits for the command that it runs, and so for us: neither would end.
    const bool waits_for_us = is_started_by(*pid);
    if (const auto ended = waits_for_us ? tell(*pid) : end_process(*pid, io); !ended) return io.fail(ended.error());
    io.say(waits_for_us ? "told the broker at " + options.admin + " to stop; it ends with the command that it runs"
                        : "stopped the broker at " + options.admin);
    return Exit::ok;
}

}  // namespace muster::cli
