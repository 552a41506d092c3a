// SPDX-License-Identifier: Apache-2.0
// A light device's messages.
#include "simulate/light_queue.hpp"

#include <algorithm>
#include <utility>

namespace muster::fleet {

bool LightQueue::accept(LightMessage message, Overflow overflow) {
    if (messages_.size() >= most_) {
        if (overflow == Overflow::refuse || in_flight_ == messages_.size()) return false;
        messages_.erase(messages_.begin() + static_cast<std::ptrdiff_t>(in_flight_));
        ++counts_.dropped_overflow;
    }
    ++counts_.accepted;
    messages_.push_back(std::move(message));
    return true;
}

LightMessage* LightQueue::next() {
    return in_flight_ < messages_.size() ? &messages_[in_flight_] : nullptr;
}

void LightQueue::note_sent(std::uint64_t number) {
    LightMessage& message = messages_[in_flight_];
    if (std::exchange(message.was_sent, true)) ++redelivered_;
    if (message.qos != Qos::at_most_once) {
        message.number = number;
        ++in_flight_;
        return;
    }
    messages_.erase(messages_.begin() + static_cast<std::ptrdiff_t>(in_flight_));
    ++counts_.delivered;
}

void LightQueue::acknowledge(std::uint64_t number, bool is_refused) {
    const auto end = messages_.begin() + static_cast<std::ptrdiff_t>(in_flight_);
    const auto found = std::find_if(messages_.begin(), end, [&](const LightMessage& message) { return message.number == number; });
    if (found == end) return;
    messages_.erase(found);
    --in_flight_;
    ++(is_refused ? counts_.dropped_rejected : counts_.delivered);
}

void LightQueue::lose() {
    for (std::size_t i = 0; i < in_flight_; ++i) messages_[i].number.reset();
    in_flight_ = 0;
}

OutboxCounts LightQueue::counts() const {
    OutboxCounts counts = counts_;
    counts.waiting = messages_.size();
    return counts;
}

}  // namespace muster::fleet
