// SPDX-License-Identifier: Apache-2.0
// A hash table of things by their text: one line of the cache for a miss, two for a hit, nothing allocated to look up.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace muster::testbroker::core {

/// Owns its things, whose addresses stay. Each `T` is made from a `std::string`, its `text`. Linear probing over a power of two of slots,
/// of which at most three quarters are taken; std::unordered_map goes through a list whose every link is a line of the cache. Threads: one.
template <class T>
class TextTable {
public:
    [[nodiscard]] bool empty() const { return count_ == 0; }

    /// Null if there is none.
    [[nodiscard]] T* find(std::string_view text) const {
        if (count_ == 0) return nullptr;
        const std::size_t hash = hash_of(text);
        for (std::size_t at = hash & mask();; at = (at + 1) & mask()) {
            const Slot& slot = slots_[at];
            if (slot.thing == nullptr) return nullptr;
            if (slot.hash == hash && slot.thing->text == text) return slot.thing.get();
        }
    }
    T& obtain(std::string_view text) {
        if (T* found = find(text)) return *found;
        if (4 * (count_ + 1) > 3 * slots_.size()) grow();
        ++count_;
        const std::size_t hash = hash_of(text);
        Slot& slot = free_slot(hash);
        slot.hash = hash;
        slot.thing = std::make_unique<T>(std::string(text));
        return *slot.thing;
    }
    /// Requires that it is here.
    void erase(const T& thing) {
        std::size_t hole = hash_of(thing.text) & mask();
        while (slots_[hole].thing.get() != &thing) hole = (hole + 1) & mask();
        slots_[hole].thing.reset();
        --count_;
        // What was placed behind its own slot moves up, as long as it does not come before it.
        for (std::size_t at = (hole + 1) & mask(); slots_[at].thing != nullptr; at = (at + 1) & mask()) {
            const std::size_t distance = (at - slots_[at].hash) & mask();
            if (distance < ((at - hole) & mask())) continue;
            slots_[hole] = std::move(slots_[at]);
            hole = at;
        }
        if (count_ == 0) slots_ = std::vector<Slot>();
    }

private:
    struct Slot {
        std::size_t hash = 0;
        std::unique_ptr<T> thing;
    };
    static constexpr std::size_t least_slots = 2;

    static std::size_t hash_of(std::string_view text) { return std::hash<std::string_view>()(text); }
    [[nodiscard]] std::size_t mask() const { return slots_.size() - 1; }
    Slot& free_slot(std::size_t hash) {
        std::size_t at = hash & mask();
        while (slots_[at].thing != nullptr) at = (at + 1) & mask();
        return slots_[at];
    }
    void grow() {
        std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots_.empty() ? least_slots : 2 * slots_.size()));
        for (Slot& slot : old) {
            if (slot.thing != nullptr) free_slot(slot.hash) = std::move(slot);
        }
    }

    std::vector<Slot> slots_;
    std::size_t count_ = 0;
};

}  // namespace muster::testbroker::core
