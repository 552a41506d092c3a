// SPDX-License-Identifier: Apache-2.0
// A window of bits over the sequence numbers.
#include "bench/in_flight.hpp"

#include <muster/result.hpp>

namespace muster::fleet {
namespace {

constexpr std::uint64_t packet_ids = 65'535;
constexpr std::uint64_t word_bits = 64;
// Words are moved to the front when so many are of no use any more: seldom, so that it costs little.
constexpr std::size_t forget_after = 8;

}  // namespace

wire::PacketId InFlight::packet_id_of(std::uint64_t sequence) noexcept {
    return static_cast<wire::PacketId>(sequence % packet_ids + 1);
}

bool InFlight::has_room(std::uint32_t limit) const noexcept {
    // With whole words, so up to 63 sequences too careful.
    return size_ < limit && (size_ == 0 || next_ - (first_word_ + settled_words_) * word_bits < packet_ids);
}

void InFlight::add(std::uint64_t sequence) {
    if (words_.empty()) {
        first_word_ = sequence / word_bits;
        next_ = sequence;
    }
    MUSTER_REQUIRE(sequence == next_);
    const auto word = static_cast<std::size_t>(sequence / word_bits - first_word_);
    if (word >= words_.size()) words_.resize(word + 1);
    words_[word] |= 1ULL << (sequence % word_bits);
    ++next_;
    ++size_;
}

std::optional<std::uint64_t> InFlight::settle(wire::PacketId packet_id) {
    if (size_ == 0 || packet_id == 0) return std::nullopt;
    const std::uint64_t last = next_ - 1;
    const std::uint64_t back = (last % packet_ids + packet_ids - (packet_id - 1U)) % packet_ids;
    if (back > last || (last - back) / word_bits < first_word_) return std::nullopt;
    const std::uint64_t sequence = last - back;
    std::uint64_t& word = words_[static_cast<std::size_t>(sequence / word_bits - first_word_)];
    const std::uint64_t bit = 1ULL << (sequence % word_bits);
    if ((word & bit) == 0) return std::nullopt;
    word &= ~bit;
    --size_;
    forget_settled_words();
    return sequence;
}

void InFlight::forget_settled_words() {
    const auto current = static_cast<std::size_t>(next_ / word_bits - first_word_);
    while (settled_words_ < current && settled_words_ < words_.size() && words_[settled_words_] == 0) ++settled_words_;
    if (settled_words_ < forget_after) return;
    words_.erase(words_.begin(), words_.begin() + static_cast<std::ptrdiff_t>(settled_words_));
    first_word_ += settled_words_;
    settled_words_ = 0;
}

void InFlight::clear() {
    words_.clear();
    size_ = 0;
    settled_words_ = 0;
}

}  // namespace muster::fleet
