// SPDX-License-Identifier: Apache-2.0
// What a caller may ask of the outbox: how durable, how large, and what gives way.
#pragma once

#include <muster/message.hpp>

#include <cstdint>

namespace muster {

/// What an accepted message survives while it waits in the outbox.
enum class Durability : std::uint8_t {
    memory,   ///< Nothing: it is lost when the process ends. Costs no disk write.
    process,  ///< A crash of the process (kill -9). A power cut may lose the last few.
    disk,     ///< A power cut. `publish` waits for the disk.
};

/// What happens to a message that does not fit the outbox's bounds.
enum class Overflow : std::uint8_t {
    refuse,       ///< The new message is refused with Code::full; nothing accepted is lost.
    drop_oldest,  ///< The oldest messages not in flight are dropped, and counted, until it fits.
};

/// How one message is to be treated. The default is what a reading in the field needs.
struct PublishOptions {
    Qos qos = Qos::at_least_once;
    Durability durability = Durability::process;
    Overflow overflow = Overflow::refuse;
    bool retain = false;
};

/// Bounds of the outbox. Both hold at once.
struct OutboxLimits {
    std::uint64_t max_messages = 100'000;    ///< 1 to 2^53.
    std::uint64_t max_bytes = 64ULL << 20U;  ///< Topics and payloads together; 64 KiB to 1 TiB.
};

}  // namespace muster
