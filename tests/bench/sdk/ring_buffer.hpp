// SPDX-License-Identifier: Apache-2.0
// The least that can be done to hand bytes to another thread: a copy into a ring, under a mutex.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <string_view>

namespace muster::bench {

/// A message is its topic and its payload, each behind its length. What is not read any more is written over.
/// Threads: any.
class RingBuffer {
public:
    /// Its memory is the system's until it is written to, as that of an outbox is.
    explicit RingBuffer(std::size_t bytes) : size_(bytes), bytes_(new char[bytes]) {}

    bool push(std::string_view topic, std::string_view payload) {
        const std::lock_guard lock(mutex_);
        const std::size_t needed = topic.size() + payload.size() + 2 * sizeof(std::uint32_t);
        if (needed > size_) return false;
        if (needed > size_ - at_) at_ = 0;
        put(topic);
        put(payload);
        return true;
    }

private:
    void put(std::string_view bytes) {
        const auto size = static_cast<std::uint32_t>(bytes.size());
        std::memcpy(bytes_.get() + at_, &size, sizeof(size));
        std::memcpy(bytes_.get() + at_ + sizeof(size), bytes.data(), bytes.size());
        at_ += sizeof(size) + bytes.size();
    }

    std::mutex mutex_;
    std::size_t size_;
    std::unique_ptr<char[]> bytes_;
    std::size_t at_ = 0;
};

}  // namespace muster::bench
