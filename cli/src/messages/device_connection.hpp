// SPDX-License-Identifier: Apache-2.0
// A device made from the connection flags, and waiting for it to connect.
#pragma once

#include "messages/device_trace.hpp"
#include "messages/options.hpp"

#include <muster/device.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

namespace muster::cli {

/// A device that a command watches. Its first failed attempt is the command's failure: a person is waiting.
/// Threads: the handlers run on the device's callback thread, everything else on the command's.
class DeviceConnection {
public:
    /// `outbox` empty: what waits, waits in memory. `trace`, if there is one, must live as long.
    static Result<std::unique_ptr<DeviceConnection>> open(const ConnectionOptions& options, const std::filesystem::path& outbox,
                                                          const KeyPassword& key_password, Trace* trace);

    [[nodiscard]] Device& device() { return *device_; }
    /// Starts and waits until connected. Fails with what the first attempt failed with.
    Result<void> connect();
    /// Why the connection was lost since, if it was.
    [[nodiscard]] std::optional<Error> failure() const;

private:
    DeviceConnection() = default;
    void note(ConnectionState state, const Status& status);

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool connected_ = false;
    std::optional<Error> failure_;
    std::chrono::milliseconds timeout_{0};
    std::optional<DeviceTrace> trace_;
    std::unique_ptr<Device> device_;  // Last: its callback thread uses the members above.
};

}  // namespace muster::cli
