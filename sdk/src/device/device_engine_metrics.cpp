// SPDX-License-Identifier: Apache-2.0
// What the engine counts beside the status.
#include "device/device_engine.hpp"

#include <algorithm>

namespace muster::device {

Metrics DeviceEngine::metrics() const {
    Metrics made;
    made.status = status();
    const auto now = clock_.now();
    const std::lock_guard lock(mutex_);
    made.network = shared_.network;
    made.network.received_bytes = shared_.received_bytes;
    made.local = shared_.local;
    if (shared_.next_attempt)
        made.next_attempt_in =
            std::max(std::chrono::milliseconds(0), std::chrono::duration_cast<std::chrono::milliseconds>(*shared_.next_attempt - now));
    return made;
}

void DeviceEngine::count_refused(Code why) {
    const std::lock_guard lock(mutex_);
    shared_.local.refused_publishes.add(why);
}

// The outbox did not do what the session asked of it.
void DeviceEngine::count_failure(const Error& error) {
    const std::lock_guard lock(mutex_);
    ++shared_.local.outbox_failures;
    shared_.status.last_error = error;
}

}  // namespace muster::device
