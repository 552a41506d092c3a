// SPDX-License-Identifier: Apache-2.0
// A wait that everybody can be called from.
#pragma once

#include "base/clock.hpp"

#include <condition_variable>
#include <mutex>

namespace muster::fleet {

/// Threads: any.
class Gate {
public:
    /// Waits until the time or until it is opened; whether it is open.
    bool wait_until(base::SteadyTime time) {
        std::unique_lock lock(mutex_);
        return opened_.wait_until(lock, time, [this] { return is_open_; });
    }
    void open() {
        {
            const std::lock_guard lock(mutex_);
            is_open_ = true;
        }
        opened_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable opened_;
    bool is_open_ = false;  // Under `mutex_`.
};

}  // namespace muster::fleet
