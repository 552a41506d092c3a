// SPDX-License-Identifier: Apache-2.0
// How large a fleet is, how long it is watched, and how bad its world is: drawn from the seed, so that every seed has its own.
#pragma once

#include "timeline.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace muster::test {

/// Shares are per cent; intervals are means, for one device; 0: it does not happen.
struct Climate {
    std::size_t devices = 1;
    milliseconds lasts{0};  ///< Bad weather; afterwards nothing fails any more.
    milliseconds publish_interval{20'000};
    std::uint64_t bursts = 5;  ///< Of more than fits into a window.
    std::uint64_t large = 3;   ///< Messages that some brokers do not take.

    // The network.
    std::uint64_t silent_attempts = 8;  ///< Nobody answers, nobody refuses.
    std::uint64_t failed_attempts = 20;
    milliseconds link_lasts{75'000};
    std::uint64_t stalls = 2;  ///< Of packets, for seconds.
    milliseconds offline_interval{0};
    // The broker.
    std::uint64_t busy = 2;              ///< Of PUBLISH packets: a PUBACK that says so.
    std::uint64_t silent_subscribe = 5;  ///< Of SUBSCRIBE packets.
    std::uint64_t refused_subscribe = 10;
    std::uint64_t connects_per_second = 0;  ///< 0: any number.
    bool sheds = false;                     ///< Who is too many is told so; otherwise everybody waits in a queue.
    bool hints = false;                     ///< And when to come back.
    milliseconds restart_interval{0};
    milliseconds common_outage{0};  ///< All of the fleet loses its broker at once, for so long.
    milliseconds denied_interval{0};
    std::size_t clones = 0;  ///< The last so many devices have the client id of device 1.
    // The device.
    milliseconds crash_interval{0};
    milliseconds stop_interval{0};
    milliseconds disk_trouble_interval{0};
    milliseconds candidate_interval{0};
    milliseconds subscribe_interval{0};
    milliseconds wall_jump_interval{0};
    std::uint64_t slow_disks = 20;  ///< Of devices.
    std::uint64_t mortal = 0;       ///< Messages with a time to live.
    bool is_small_outbox = false;

    [[nodiscard]] static Climate draw(Chance& chance);
};

}  // namespace muster::test
