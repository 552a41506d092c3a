// SPDX-License-Identifier: Apache-2.0
// Devices for tests: quick to come back, and watched.
#pragma once

#include <muster/device.hpp>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace muster::test {

using namespace std::chrono_literals;

/// As in the field, but for delays that a test cannot wait for.
[[nodiscard]] inline DeviceConfig config_for(const std::string& url, const std::filesystem::path& outbox = {}) {
    DeviceConfig config;
    config.endpoints = {url};
    config.client_id = "press-01";
    config.outbox_path = outbox;
    config.backoff.base = 50ms;
    config.backoff.cap = 500ms;
    config.connect_timeout = 5s;
    return config;
}

/// Opens a device, which must succeed.
[[nodiscard]] inline std::unique_ptr<Device> open_device(DeviceConfig config) {
    auto opened = Device::open(std::move(config));
    MUSTER_REQUIRE(opened.ok());
    return std::move(opened).value();
}

/// Values that handlers add and the test waits for.
/// Threads: any.
template <class T>
class Collected {
public:
    void add(T value) {
        {
            const std::lock_guard lock(mutex_);
            values_.push_back(std::move(value));
        }
        changed_.notify_all();
    }
    /// Waits until `is_true` of what was added; false after 20 s.
    template <class Condition>
    bool wait(const Condition& is_true) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, 20s, [&] { return is_true(values_); });
    }
    bool wait_for_count(std::size_t count) {
        return wait([count](const auto& values) { return values.size() >= count; });
    }
    [[nodiscard]] std::vector<T> values() {
        const std::lock_guard lock(mutex_);
        return values_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<T> values_;
};

/// Watches a device's state from before its start.
class States {
public:
    explicit States(Device& device) {
        // Shared, because the device reports until its end.
        device.on_state([seen = seen_](ConnectionState state, const Status& status) { seen->add({state, status}); });
    }
    /// Waits until `state` has been reported `count` times.
    bool wait(ConnectionState state, std::size_t count = 1) {
        return seen_->wait([&](const auto& seen) {
            std::size_t found = 0;
            for (const auto& one : seen) found += one.first == state ? 1U : 0U;
            return found >= count;
        });
    }
    [[nodiscard]] std::vector<std::pair<ConnectionState, Status>> seen() { return seen_->values(); }

private:
    using Seen = Collected<std::pair<ConnectionState, Status>>;
    std::shared_ptr<Seen> seen_ = std::make_shared<Seen>();
};

/// That nothing was lost or counted twice.
[[nodiscard]] inline bool accounts_hold(const OutboxCounts& counts) {
    return counts.accepted == counts.delivered + counts.dropped() + counts.quarantined + counts.waiting;
}

}  // namespace muster::test
