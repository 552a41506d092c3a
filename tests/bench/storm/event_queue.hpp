// SPDX-License-Identifier: Apache-2.0
// A queue of events whose times never run backwards: a radix heap, for millions of events of 16 bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace muster::storm {

struct Event {
    std::uint64_t time_us;
    std::uint32_t device;
};
static_assert(sizeof(Event) == 16);

/// An event is kept by the highest bit in which its time differs from that of the last one taken; each moves down at most 64 times, next to
/// each other in memory, where a binary heap of a million would miss the cache at every level.
class EventQueue {
public:
    [[nodiscard]] bool is_empty() const { return size_ == 0; }
    /// `event` is not earlier than the last one taken.
    void push(const Event& event) {
        bucket_of(event.time_us).push_back(event);
        ++size_;
    }
    [[nodiscard]] Event pop() {
        if (buckets_[0].empty()) refill();
        const Event event = buckets_[0].back();
        buckets_[0].pop_back();
        --size_;
        return event;
    }

private:
    [[nodiscard]] std::vector<Event>& bucket_of(std::uint64_t time) {
        const auto differs = time ^ last_;
        return buckets_[differs == 0 ? 0 : 64U - static_cast<unsigned>(__builtin_clzll(differs))];
    }
    void refill() {
        std::size_t first = 1;
        while (buckets_[first].empty()) ++first;
        auto moved = std::move(buckets_[first]);
        buckets_[first].clear();
        last_ = moved.front().time_us;
        for (const Event& event : moved) last_ = event.time_us < last_ ? event.time_us : last_;
        for (const Event& event : moved) bucket_of(event.time_us).push_back(event);
    }

    std::array<std::vector<Event>, 65> buckets_;
    std::uint64_t last_ = 0;
    std::size_t size_ = 0;
};

}  // namespace muster::storm
