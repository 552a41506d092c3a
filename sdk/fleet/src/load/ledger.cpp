// SPDX-License-Identifier: Apache-2.0
// Counting arrivals.
#include "load/ledger.hpp"

#include <algorithm>

namespace muster::fleet {
namespace {

// A damaged number must not ask for all memory; no publisher sends as many in one run.
constexpr std::uint64_t max_sequence = 1ULL << 32U;
constexpr std::uint64_t word_bits = 64;

}  // namespace

Arrival Ledger::record(std::uint32_t publisher, std::uint64_t sequence) {
    if (publisher >= seen_.size() || sequence >= max_sequence) {
        ++foreign_;
        return Arrival::foreign;
    }
    Seen& seen = seen_[publisher];
    const auto word = static_cast<std::size_t>(sequence / word_bits);
    if (word >= seen.bits.size()) seen.bits.resize(word + 1);
    const std::uint64_t bit = 1ULL << (sequence % word_bits);
    if ((seen.bits[word] & bit) != 0) {
        ++repeated_;
        return Arrival::repeated;
    }
    seen.bits[word] |= bit;
    ++unique_;
    if (sequence < seen.next) ++out_of_order_;
    seen.next = std::max(seen.next, sequence + 1);
    return Arrival::first;
}

}  // namespace muster::fleet
