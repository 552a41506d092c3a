// SPDX-License-Identifier: Apache-2.0
// What the age of things is measured by, across restarts and reboots: all of the machine's clocks at one moment.
#pragma once

#include <cstdint>

namespace muster::base {

struct ClockReading {
    std::uint64_t boot = 0;             ///< Tells one boot of the machine from another; 0: not known.
    std::int64_t since_boot = 0;        ///< Milliseconds, those asleep included; never goes back within a boot.
    std::int64_t wall = 0;              ///< Milliseconds since 1970; on a device it may be anything.
    bool is_wall_synchronised = false;  ///< Something, usually NTP, keeps the wall clock right.
};

/// Threads: one at a time.
class AgeClock {
public:
    virtual ~AgeClock() = default;
    virtual ClockReading read() = 0;
    /// The wall clock alone, as of a few milliseconds ago at most.
    virtual std::int64_t wall() { return read().wall; }
};

/// The machine's. Whether the wall clock is kept right is asked of the kernel once a second at most.
/// Threads: one at a time.
class SystemAgeClock final : public AgeClock {
public:
    SystemAgeClock();
    ClockReading read() override;
    std::int64_t wall() override;

private:
    std::uint64_t boot_;
    bool is_synchronised_ = false;
    std::int64_t asked_at_ = -1;
};

}  // namespace muster::base
