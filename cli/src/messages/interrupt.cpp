// SPDX-License-Identifier: Apache-2.0
// signalfd: it tells of the signals that StopSignals has blocked, and leaves taking them to it.
#include "messages/interrupt.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

namespace muster::cli {

StopDescriptor::StopDescriptor() {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGINT);
    ::sigaddset(&set, SIGTERM);
    fd_ = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

StopDescriptor::~StopDescriptor() {
    if (fd_ >= 0) ::close(fd_);
}

bool rest_for(std::chrono::milliseconds time, int interrupt) {
    pollfd polled{interrupt, POLLIN, 0};
    return ::poll(&polled, 1, static_cast<int>(time.count())) <= 0;
}

void ignore_broken_pipes() {
    std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace muster::cli
