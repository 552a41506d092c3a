// SPDX-License-Identifier: Apache-2.0
// Connections by their ids: every packet looks up one, which std::unordered_map pays with three lines of the cache before the connection.
#pragma once

#include "core/output.hpp"

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace muster::testbroker::core {

/// As std::unordered_map<ConnectionId, T>, as far as it goes: addresses stay, iterators do not. Linear probing over a power of two of
/// slots, of which at most three quarters are taken, from the one that an id's low bits name: a host counts its ids, or numbers them by
/// places in a table of its own, and both spread by themselves. Threads: one.
template <class T>
class ConnectionMap {
    using Entry = std::pair<const ConnectionId, T>;
    struct Slot {
        ConnectionId id = 0;
        std::unique_ptr<Entry> entry;
    };
    using Slots = std::vector<Slot>;

    template <class Base, class Value>
    class BasicIterator {
    public:
        BasicIterator(Base at, Base end) : at_(at), end_(end) { pass_empty(); }
        Value& operator*() const { return *at_->entry; }
        Value* operator->() const { return at_->entry.get(); }
        BasicIterator& operator++() {
            ++at_;
            pass_empty();
            return *this;
        }
        bool operator==(const BasicIterator& other) const { return at_ == other.at_; }

    private:
        void pass_empty() {
            while (at_ != end_ && at_->entry == nullptr) ++at_;
        }
        Base at_;
        Base end_;
    };

public:
    using iterator = BasicIterator<typename Slots::iterator, Entry>;
    using const_iterator = BasicIterator<typename Slots::const_iterator, const Entry>;

    [[nodiscard]] iterator begin() { return {slots_.begin(), slots_.end()}; }
    [[nodiscard]] iterator end() { return {slots_.end(), slots_.end()}; }
    [[nodiscard]] const_iterator begin() const { return {slots_.begin(), slots_.end()}; }
    [[nodiscard]] const_iterator end() const { return {slots_.end(), slots_.end()}; }

    [[nodiscard]] iterator find(ConnectionId id) { return {slots_.begin() + place_of(id), slots_.end()}; }
    [[nodiscard]] const_iterator find(ConnectionId id) const { return {slots_.begin() + place_of(id), slots_.end()}; }
    [[nodiscard]] std::size_t count(ConnectionId id) const { return find(id) == end() ? 0 : 1; }
    /// Requires that it is here.
    [[nodiscard]] const T& at(ConnectionId id) const { return find(id)->second; }

    /// Requires that the id is not here.
    T& add(ConnectionId id, T value) {
        if (4 * (count_ + 1) > 3 * slots_.size()) grow();
        ++count_;
        return place({id, std::make_unique<Entry>(id, std::move(value))})->second;
    }
    /// Nothing if it is not here.
    void erase(ConnectionId id) {
        const auto found = static_cast<std::size_t>(place_of(id));
        if (found == slots_.size()) return;
        std::size_t hole = found;
        const auto erased = std::move(slots_[hole].entry);
        --count_;
        // What was placed behind its own slot moves up, as long as it does not come before it.
        for (std::size_t at = (hole + 1) & mask(); slots_[at].entry != nullptr; at = (at + 1) & mask()) {
            const std::size_t distance = (at - slots_[at].id) & mask();
            if (distance < ((at - hole) & mask())) continue;
            slots_[hole] = std::move(slots_[at]);
            hole = at;
        }
    }

private:
    static constexpr std::size_t least_slots = 16;

    [[nodiscard]] std::size_t mask() const { return slots_.size() - 1; }
    /// The number of slots if it is not here.
    [[nodiscard]] std::ptrdiff_t place_of(ConnectionId id) const {
        if (slots_.empty()) return 0;
        std::size_t at = id & mask();
        while (slots_[at].entry != nullptr && slots_[at].id != id) at = (at + 1) & mask();
        return static_cast<std::ptrdiff_t>(slots_[at].entry != nullptr ? at : slots_.size());
    }
    Entry* place(Slot slot) {
        std::size_t at = slot.id & mask();
        while (slots_[at].entry != nullptr) at = (at + 1) & mask();
        slots_[at] = std::move(slot);
        return slots_[at].entry.get();
    }
    void grow() {
        Slots old = std::exchange(slots_, Slots(slots_.empty() ? least_slots : 2 * slots_.size()));
        for (Slot& slot : old) {
            if (slot.entry != nullptr) place(std::move(slot));
        }
    }

    Slots slots_;
    std::size_t count_ = 0;
};

}  // namespace muster::testbroker::core
