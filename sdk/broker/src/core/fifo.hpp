// SPDX-License-Identifier: Apache-2.0
// A queue that costs nothing while it is empty: std::deque takes half a kilobyte for each of ten thousand idle sessions.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace muster::testbroker::core {

/// A ring that doubles when it is full and lets go of its memory when it runs empty. Threads: one.
template <class T>
class Fifo {
public:
    [[nodiscard]] bool empty() const { return count_ == 0; }
    [[nodiscard]] std::size_t size() const { return count_; }
    /// Requires that it is not empty.
    [[nodiscard]] const T& front() const { return ring_[first_]; }

    void push_back(T value) {
        if (count_ == ring_.size()) grow();
        ring_[(first_ + count_) & (ring_.size() - 1)] = std::move(value);
        ++count_;
    }
    /// Requires that it is not empty.
    T pop_front() {
        T value = std::exchange(ring_[first_], T{});
        first_ = (first_ + 1) & (ring_.size() - 1);
        if (--count_ == 0) clear();
        return value;
    }
    /// Calls `visit(value)` for each, the oldest first.
    template <class Visit>
    void for_each(const Visit& visit) const {
        for (std::size_t i = 0; i < count_; ++i) visit(ring_[(first_ + i) & (ring_.size() - 1)]);
    }
    void clear() {
        count_ = 0;
        first_ = 0;
        if (ring_.size() > kept_capacity) ring_ = {};
    }

private:
    static constexpr std::size_t kept_capacity = 2;  // A client that is served at once must not cost an allocation per message.

    void grow() {
        std::vector<T> larger(ring_.empty() ? kept_capacity : 2 * ring_.size());
        for (std::size_t i = 0; i < count_; ++i) larger[i] = std::move(ring_[(first_ + i) & (ring_.size() - 1)]);
        ring_ = std::move(larger);
        first_ = 0;
    }

    std::vector<T> ring_;  // Its size is 0 or a power of two.
    std::size_t first_ = 0;
    std::size_t count_ = 0;
};

}  // namespace muster::testbroker::core
