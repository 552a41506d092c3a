// SPDX-License-Identifier: Apache-2.0
// A bounded queue from many threads to one, in which nobody waits for anybody.
#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace muster::testbroker::admin {

/// D. Vyukov's bounded queue: each cell's turn says whose move it is, so that a producer only competes for its position.
/// Threads: `push` any, `pop` one at a time.
template <class T>
class MpscRing {
public:
    /// `capacity` is a power of two.
    explicit MpscRing(std::size_t capacity) : cells_(capacity), mask_(capacity - 1) {
        for (std::size_t i = 0; i < capacity; ++i) cells_[i].turn.store(i, std::memory_order_relaxed);
    }

    /// False if it is full; the value is dropped.
    bool push(T value) {
        std::size_t position = next_push_.load(std::memory_order_relaxed);
        for (;;) {
            Cell& cell = cells_[position & mask_];
            const std::size_t turn = cell.turn.load(std::memory_order_acquire);
            if (turn == position) {
                if (!next_push_.compare_exchange_weak(position, position + 1, std::memory_order_relaxed)) continue;
                cell.value = std::move(value);
                cell.turn.store(position + 1, std::memory_order_release);
                return true;
            }
            if (turn < position) return false;  // Not yet popped since the last round.
            position = next_push_.load(std::memory_order_relaxed);
        }
    }

    /// None if it is empty, or the next value is still being written.
    std::optional<T> pop() {
        Cell& cell = cells_[next_pop_ & mask_];
        if (cell.turn.load(std::memory_order_acquire) != next_pop_ + 1) return std::nullopt;
        std::optional<T> value(std::move(cell.value));
        cell.turn.store(next_pop_ + mask_ + 1, std::memory_order_release);
        ++next_pop_;
        return value;
    }

private:
    struct Cell {
        std::atomic<std::size_t> turn{0};
        T value{};
    };
    std::vector<Cell> cells_;
    std::size_t mask_;
    alignas(64) std::atomic<std::size_t> next_push_{0};
    alignas(64) std::size_t next_pop_ = 0;
};

}  // namespace muster::testbroker::admin
