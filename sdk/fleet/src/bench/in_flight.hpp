// SPDX-License-Identifier: Apache-2.0
// Which of a client's messages are unacknowledged, found by packet identifier: one bit for each.
#pragma once

#include "wire/packets.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace muster::fleet {

/// Message `sequence` has packet identifier sequence modulo 65,535, plus 1.
/// Threads: one.
class InFlight {
public:
    [[nodiscard]] static wire::PacketId packet_id_of(std::uint64_t sequence) noexcept;

    /// Whether one more may be sent: fewer than `limit` are unacknowledged, and the next packet identifier is free.
    [[nodiscard]] bool has_room(std::uint32_t limit) const noexcept;
    /// Sequences are added one after the other; the first may be any.
    void add(std::uint64_t sequence);
    /// The message with that packet identifier, which is acknowledged now; none if it is not in flight.
    std::optional<std::uint64_t> settle(wire::PacketId packet_id);
    [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
    void clear();

private:
    void forget_settled_words();

    std::vector<std::uint64_t> words_;  // Bit i of word w: sequence (first_word_ + w) * 64 + i is in flight.
    std::uint64_t first_word_ = 0;
    std::uint64_t next_ = 0;
    std::uint32_t size_ = 0;
    std::size_t settled_words_ = 0;  // At the front.
};

}  // namespace muster::fleet
