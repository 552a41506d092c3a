// SPDX-License-Identifier: Apache-2.0
// Ctrl-C and SIGTERM as a descriptor, for those who wait for a socket.
#pragma once

#include "signals.hpp"

namespace muster::cli {

/// Readable once one of the signals that StopSignals has blocked has come, which it leaves there.
class StopDescriptor {
public:
    StopDescriptor();
    ~StopDescriptor();
    StopDescriptor(const StopDescriptor&) = delete;
    StopDescriptor& operator=(const StopDescriptor&) = delete;

    [[nodiscard]] int fd() const { return fd_; }

private:
    int fd_;
};

/// While it lives, the signals end nothing; `fd` is readable once one has come. Make it before any other thread is started.
class Interrupt {
public:
    [[nodiscard]] int fd() const { return descriptor_.fd(); }
    /// The signal that came, if one did; a second one ends the process at once.
    [[nodiscard]] std::optional<int> take() { return signals_.wait(std::chrono::milliseconds(0)); }

private:
    StopSignals signals_;
    StopDescriptor descriptor_;
};

/// Waits so long, or until `interrupt` (a descriptor; -1: none) is readable: then it is false.
[[nodiscard]] bool rest_for(std::chrono::milliseconds time, int interrupt);

/// A write to who has gone is an error of that write, and does not end the process. OpenSSL writes to sockets without a flag for it.
void ignore_broken_pipes();

}  // namespace muster::cli
