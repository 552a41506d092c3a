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

bool Inbox::hold(const Entry& entry) {
    const std::lock_guard lock(mutex_);
    if (given_up_.count(entry.number) > 0) return false;
    Hold& hold = holds_[entry.number];
    hold.bytes = entry.bytes;
    ++hold.awaited;
    return true;
}

void Inbox::end_hold(std::uint64_t number) {
    {
        const std::lock_guard lock(mutex_);
        const auto found = holds_.find(number);
        if (found == holds_.end() || --found->second.awaited > 0) return;
        if (have_returned(number)) leave(found->second.bytes, Outcome::handled);
        holds_.erase(found);
    }
    changed_.notify_all();
}

void Inbox::drop_hold(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    const auto found = holds_.find(number);
    if (found != holds_.end()) found->second.is_dropped = true;
}

void Inbox::leave(std::uint64_t bytes, Outcome outcome) {
    ++left_;
    waiting_bytes_ -= bytes;
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

void Inbox::returned(const Entry& entry, Outcome outcome) {
    {
        const std::lock_guard lock(mutex_);
        returned_ = entry.number;
        given_up_.erase(entry.number);
        if (holds_.count(entry.number) == 0) leave(entry.bytes, outcome);
    }
    changed_.notify_all();
}

Inbox::WaitEnd Inbox::wait(const Entry& entry) {
    auto end = WaitEnd::handler_late;
    {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, patience_, [&] { return has_left(entry.number) || is_released_; });
        if (has_left(entry.number)) return WaitEnd::left;
        ++counts_.acknowledged_early;
        if (const auto held = holds_.find(entry.number); held != holds_.end()) {
            end = held->second.is_dropped ? WaitEnd::hold_dropped : WaitEnd::hold_late;
            holds_.erase(held);
        }
        if (have_returned(entry.number)) {
            leave(entry.bytes, Outcome::handled);
        } else {
            given_up_.insert(entry.number);
        }
    }
    changed_.notify_all();
    return end;
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
