// SPDX-License-Identifier: Apache-2.0
// What a caller may ask of the outbox: how durable, how urgent, how long, how large, and what gives way.
#pragma once

#include <muster/message.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace muster {

/// What an accepted message survives while it waits in the outbox.
enum class Durability : std::uint8_t {
    memory,   ///< Nothing: it is lost when the process ends. Costs no disk write.
    process,  ///< A crash of the process (kill -9). A power cut may lose the last few.
    disk,     ///< A power cut. `publish` waits for the disk.
};

/// The outbox's classes. The more urgent go first, but leave every other class a share (docs/architecture.md), so that bulk moves on while
/// alarms flow. Messages of one topic keep their order as long as they are published with one priority.
enum class Priority : std::uint8_t {
    bulk = 0,    ///< What may come late: logs, diagnostics.
    normal = 1,  ///< Readings.
    high = 2,    ///< Answers to commands.
    alarm = 3,   ///< First of all after an outage.
};
inline constexpr std::size_t priority_count = 4;

/// What happens to a message that does not fit the outbox's bounds. Only messages of the same or a lower priority ever give way, and none
/// that is in flight; each is counted.
enum class Overflow : std::uint8_t {
    refuse,                ///< The new message is refused with Code::full; nothing accepted is lost.
    drop_oldest,           ///< The oldest messages are dropped until it fits.
    drop_lowest_priority,  ///< The oldest of the lowest priority are dropped until it fits.
    latest,                ///< It takes the place of what waits with the same key, full or not; if it still does not fit it is refused.
};

/// How one message is to be treated. The default is what a reading in the field needs.
struct PublishOptions {
    Qos qos = Qos::at_least_once;
    Durability durability = Durability::process;
    Overflow overflow = Overflow::refuse;
    bool retain = false;
    Priority priority = Priority::normal;
    /// What still waits after so long is dropped, and counted as expired; 0: never. 1 s to 2^32 - 1 s. It is measured by the time that
    /// passes while the device runs: a step of the wall clock neither ends nor prolongs it.
    std::chrono::seconds time_to_live{0};
    std::string key = {};  ///< For Overflow::latest: whose latest value this is; empty: the topic. At most 65,535 bytes.
};

/// In which order a class is sent.
enum class DrainOrder : std::uint8_t {
    oldest_first,
    newest_first,  ///< For values of which the newest matters most after an outage; messages of one topic may then overtake each other.
};

/// What holds for one class beside the whole's bounds.
struct ClassLimits {
    std::uint64_t max_messages = 0;  ///< 0: no bound of its own; up to 2^53.
    std::uint64_t max_bytes = 0;     ///< 0: no bound of its own; up to 1 TiB.
    DrainOrder order = DrainOrder::oldest_first;
};

/// How fast the backlog, what waits when a connection comes up, is sent beside what is published from then on, so that a fleet's return
/// does not become the next outage. Priority::alarm and high are not held, and neither is anything while `stop` or `wait_drained` waits for
/// it.
struct DrainConfig {
    std::uint32_t messages_per_second = 10;         ///< A batch is one message. 0: no bound; up to 1,000,000.
    std::uint64_t bytes_per_second = 32ULL << 10U;  ///< Of topics and payloads. 0: no bound; 1 KiB to 1 TiB.
    /// A backlog of more than three seconds' worth begins after a moment drawn evenly from this; 0 to 1 h.
    std::chrono::milliseconds start_spread{10'000};
};

/// Bounds of the outbox. All hold at once.
struct OutboxLimits {
    std::uint64_t max_messages = 100'000;    ///< 1 to 2^53.
    std::uint64_t max_bytes = 64ULL << 20U;  ///< Topics, payloads, keys and properties together; 64 KiB to 1 TiB.
    /// A message that was in flight when so many connections in a row were lost is set aside (quarantined), since it may be what ends them.
    /// 2 to 100; 0: never. Before the last of them it is sent alone, so that none is blamed for another.
    std::uint32_t quarantine_after = 5;
    ClassLimits bulk;
    ClassLimits normal;
    ClassLimits high;
    ClassLimits alarm;

    [[nodiscard]] const ClassLimits& of(Priority priority) const noexcept {
        switch (priority) {
            case Priority::bulk:
                return bulk;
            case Priority::normal:
                return normal;
            case Priority::high:
                return high;
            case Priority::alarm:
                break;
        }
        return alarm;
    }
};

}  // namespace muster
