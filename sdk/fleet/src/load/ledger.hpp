// SPDX-License-Identifier: Apache-2.0
// Which messages arrived: every one is counted once, however often it came.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace muster::fleet {

enum class Arrival : std::uint8_t {
    first,
    repeated,
    foreign,  ///< Of no publisher of ours, or a number that none can have reached.
};

/// Threads: one.
class Ledger {
public:
    explicit Ledger(std::size_t publishers) : seen_(publishers) {}

    /// There are at least so many publishers.
    void make_room_for(std::size_t publishers) {
        if (publishers > seen_.size()) seen_.resize(publishers);
    }
    Arrival record(std::uint32_t publisher, std::uint64_t sequence);

    [[nodiscard]] std::uint64_t unique() const { return unique_; }
    [[nodiscard]] std::uint64_t repeated() const { return repeated_; }
    [[nodiscard]] std::uint64_t foreign() const { return foreign_; }
    void note_foreign() { ++foreign_; }
    /// Came after a later one of the same publisher.
    [[nodiscard]] std::uint64_t out_of_order() const { return out_of_order_; }

private:
    struct Seen {
        std::vector<std::uint64_t> bits;  ///< One for each sequence number.
        std::uint64_t next = 0;           ///< One more than the highest that came.
    };

    std::vector<Seen> seen_;
    std::uint64_t unique_ = 0;
    std::uint64_t repeated_ = 0;
    std::uint64_t foreign_ = 0;
    std::uint64_t out_of_order_ = 0;
};

}  // namespace muster::fleet
