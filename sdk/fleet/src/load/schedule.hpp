// SPDX-License-Identifier: Apache-2.0
// When each message should leave: at a fixed rate, or as soon as the window has room. Decisions only; time is handed in.
#pragma once

#include "base/clock.hpp"

#include <cstdint>

namespace muster::fleet {

/// Open loop: message k is due k / rate after the start, whatever became of those before. Latency counted from the due time shows a broker
/// that stalls; counted from the actual sending it would hide the stall in messages never sent (coordinated omission).
class OpenSchedule {
public:
    OpenSchedule(base::SteadyTime start, std::uint64_t messages_per_second);

    [[nodiscard]] base::SteadyTime due_time(std::uint64_t message) const;
    /// How many messages are due by `now`.
    [[nodiscard]] std::uint64_t due(base::SteadyTime now) const;

private:
    base::SteadyTime start_;
    std::uint64_t rate_;
};

/// What ends a message's stay in a window.
struct Settling {
    bool by_acknowledgement = false;  ///< QoS 1 and 2.
    bool by_receipt = true;           ///< A subscriber of ours gets it.
};

/// Closed loop: at most `size` messages of one publisher are on their way; the caller sends no more than `room`.
class Window {
public:
    Window(std::uint32_t size, Settling settling) : size_(size), settling_(settling) {}

    [[nodiscard]] std::uint64_t room() const { return size_ - outstanding(); }
    void sent(std::uint64_t messages) { sent_ += messages; }
    // What arrives after it was given up must not make more room than there is.
    void acknowledged() { acknowledged_ += acknowledged_ < sent_ ? 1 : 0; }
    void received() { received_ += received_ < sent_ ? 1 : 0; }
    [[nodiscard]] std::uint64_t outstanding() const { return sent_ - settled(); }
    /// Counts what is on its way as lost, so that one dropped QoS 0 message does not stop its publisher for ever; how many were given up.
    std::uint64_t give_up();

private:
    [[nodiscard]] std::uint64_t settled() const;

    std::uint32_t size_;
    Settling settling_;
    std::uint64_t sent_ = 0;
    std::uint64_t acknowledged_ = 0;
    std::uint64_t received_ = 0;
};

}  // namespace muster::fleet
