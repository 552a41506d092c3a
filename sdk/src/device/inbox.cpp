// SPDX-License-Identifier: Apache-2.0
// What has come and waits for its handler.
#include "device/inbox.hpp"

#include "base/message_properties.hpp"

#include <algorithm>

namespace muster::device {
namespace {

std::uint64_t bytes_of(const Message& message) {
    const std::uint64_t of_properties = message.properties ? base::encoded_size(*message.properties) : 0;
    return message.topic.size() + message.payload.size() + of_properties;
}

}  // namespace

void Inbox::set_patience(std::chrono::milliseconds most) {
    const std::lock_guard lock(mutex_);
    patience_ = std::min(config_.acknowledge_within, most);
}

// One that is larger than all may be is taken alone.
bool Inbox::has_room(std::uint64_t bytes) const {
    const std::uint64_t waiting = entered_ - left_;
    return waiting == 0 || (waiting < config_.max_messages && waiting_bytes_ + bytes <= config_.max_bytes);
}

std::optional<Inbox::Entry> Inbox::enter(const Message& message) {
    const std::uint64_t bytes = bytes_of(message);
    std::unique_lock lock(mutex_);
    ++counts_.received;
    if (message.qos != Qos::at_most_once) changed_.wait_for(lock, patience_, [&] { return has_room(bytes) || is_released_; });
    if (!has_room(bytes)) {
        ++counts_.dropped_full;
        return std::nullopt;
    }
    waiting_bytes_ += bytes;
    return Entry{++entered_, bytes};
}

void Inbox::left(const Entry& entry, Outcome outcome) {
    {
        const std::lock_guard lock(mutex_);
        left_ = entry.number;
        waiting_bytes_ -= entry.bytes;
        switch (outcome) {
            case Outcome::handled:
                ++counts_.handled;
                break;
            case Outcome::unhandled:
                ++counts_.unhandled;
                break;
            case Outcome::duplicate:
                ++counts_.dropped_duplicate;
                break;
        }
    }
    changed_.notify_all();
}

void Inbox::wait(const Entry& entry) {
    std::unique_lock lock(mutex_);
    const bool has_left = changed_.wait_for(lock, patience_, [&] { return left_ >= entry.number || is_released_; });
    if (!has_left || left_ < entry.number) ++counts_.acknowledged_early;
}

void Inbox::release() {
    {
        const std::lock_guard lock(mutex_);
        is_released_ = true;
    }
    changed_.notify_all();
}

InboxCounts Inbox::counts() const {
    const std::lock_guard lock(mutex_);
    InboxCounts counts = counts_;
    counts.waiting = entered_ - left_;
    return counts;
}

}  // namespace muster::device
