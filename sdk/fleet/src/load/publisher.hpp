// SPDX-License-Identifier: Apache-2.0
// What one publisher sends next, as bytes.
#pragma once

#include "load/payload.hpp"
#include "load/plan.hpp"
#include "load/schedule.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace muster::fleet {

/// Threads: its worker's.
class Publisher {
public:
    Publisher(const Plan& plan, std::uint32_t number);

    [[nodiscard]] Window& window() { return window_; }
    [[nodiscard]] const Window& window() const { return window_; }
    /// How many messages the next write holds: the plan's number, fewer at the end of what it is to send, 0 when that is done.
    [[nodiscard]] std::uint32_t next_write() const;
    /// Appends that many messages, each with its number and the time it should have left.
    void append(std::uint32_t messages, base::SteadyTime intended, std::string& out);

private:
    std::string frame_;  // One PUBLISH, filled in for every message.
    std::size_t payload_at_ = 0;
    std::size_t packet_id_at_ = 0;  // 0 with QoS 0.
    Stamp stamp_;
    Window window_;
    std::uint32_t per_write_;
    std::uint64_t limit_;
};

}  // namespace muster::fleet
