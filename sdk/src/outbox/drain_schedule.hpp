// SPDX-License-Identifier: Apache-2.0
// Whose turn it is: the urgent first, and nobody starved.
#pragma once

#include <muster/policy.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace muster::outbox {

/// By priority.
using PerClass = std::array<std::uint64_t, priority_count>;
[[nodiscard]] constexpr std::size_t index_of(Priority priority) {
    return static_cast<std::size_t>(priority);
}

/// Rounds of 85 turns: 64 for alarms, then 16 for high, 4 for normal, 1 for bulk. A turn that its class does not need is left out, and a
/// round ends when nobody who has a turn needs it. Threads: one at a time.
class DrainSchedule {
public:
    /// How many messages of each class are next, `count` in all if so many wait.
    PerClass next(std::uint64_t count, PerClass waiting);

private:
    static constexpr PerClass round{1, 4, 16, 64};
    PerClass left_ = round;
};

}  // namespace muster::outbox
