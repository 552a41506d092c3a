// SPDX-License-Identifier: Apache-2.0
// What holds up a thread until a test lets it go.
#pragma once

#include <condition_variable>
#include <mutex>

namespace muster::test {

/// Threads: any. One that waits may outlive the test: share it then. (A std::promise that goes while such a thread gives its future back is
/// a data race to ThreadSanitizer, in libstdc++ 12.)
class Gate {
public:
    void open() {
        const std::lock_guard lock(mutex_);
        is_open_ = true;
        opened_.notify_all();
    }
    void wait() {
        std::unique_lock lock(mutex_);
        opened_.wait(lock, [this] { return is_open_; });
    }

private:
    std::mutex mutex_;
    std::condition_variable opened_;
    bool is_open_ = false;
};

}  // namespace muster::test
