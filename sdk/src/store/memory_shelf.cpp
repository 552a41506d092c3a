// SPDX-License-Identifier: Apache-2.0
// The records of one class in memory.
#include "store/memory_shelf.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace muster::store {
namespace {

// A block of which less than this part is left is given up.
constexpr std::uint32_t least_part = 4;

template <class Slots>
auto first_above(const Slots& slots, std::size_t count, RecordId id) {
    return std::upper_bound(slots.begin(), slots.begin() + static_cast<std::ptrdiff_t>(count), id,
                            [](RecordId wanted, const auto& slot) { return wanted < slot.id; });
}

}  // namespace

MemoryShelf& MemoryShelf::operator=(const MemoryShelf& other) {
    if (this == &other) return *this;
    blocks_ = other.blocks_;
    singles_ = other.singles_;
    find_last();
    return *this;
}

void MemoryShelf::append_single(const NewRecord& record) {
    singles_.emplace_hint(singles_.end(), record.id, as_record(record));
}

void MemoryShelf::begin_block(RecordId id) {
    last_ = &blocks_.try_emplace(blocks_.end(), id)->second;
}

const MemoryShelf::Slot* MemoryShelf::slot(RecordId id) const {
    const auto behind = blocks_.upper_bound(id);
    if (behind == blocks_.begin()) return nullptr;
    const Block& block = std::prev(behind)->second;
    const auto above = first_above(block.slots, block.records, id);
    if (above == block.slots.begin() || std::prev(above)->id != id || !std::prev(above)->is_there) return nullptr;
    return &*std::prev(above);
}

Record MemoryShelf::record_of(const Block& block, const Slot& slot) {
    const char* const content = block.content.data();
    const char* const payload = content + slot.payload.at;
    Record record;
    record.id = slot.id;
    record.message = {std::string(content + slot.topic.at, slot.topic.size), std::string(payload, slot.payload.size), slot.traits.qos,
                      slot.traits.retain};
    record.durability = slot.traits.durability;
    record.priority = slot.traits.priority;
    record.accepted_at = slot.accepted_at;
    record.expires = slot.expires;
    record.key.assign(payload + slot.payload.size, slot.key);
    return record;
}

Listed MemoryShelf::listed_of(const Slot& slot) {
    return {slot.id, std::uint64_t{slot.topic.size} + slot.payload.size + slot.key, slot.traits.priority};
}

std::optional<Listed> MemoryShelf::listed(RecordId id) const {
    if (const Slot* found = slot(id)) return listed_of(*found);
    const auto found = singles_.find(id);
    if (found == singles_.end()) return {};
    return Listed{id, found->second.bytes(), found->second.priority};
}

std::optional<Record> MemoryShelf::read(RecordId id) const {
    if (const Slot* found = slot(id)) return record_of(std::prev(blocks_.upper_bound(id))->second, *found);
    const auto found = singles_.find(id);
    return found == singles_.end() ? std::nullopt : std::optional<Record>(found->second);
}

void MemoryShelf::read(RecordId after, RecordId before, std::size_t max, std::vector<Record>& found) const {
    auto single = singles_.upper_bound(after);
    const auto read_singles = [&](RecordId end) {
        for (; single != singles_.end() && single->first < end && found.size() < max; ++single) found.push_back(single->second);
    };
    auto block = blocks_.upper_bound(after);
    if (block != blocks_.begin()) --block;
    for (; block != blocks_.end() && block->first < before && found.size() < max; ++block) {
        const auto& slots = block->second.slots;
        const auto end = slots.begin() + block->second.records;
        for (auto slot = first_above(slots, block->second.records, after); slot != end && slot->id < before; ++slot) {
            if (!slot->is_there) continue;
            read_singles(slot->id);
            if (found.size() >= max) return;
            found.push_back(record_of(block->second, *slot));
        }
    }
    read_singles(before);
}

std::optional<Listed> MemoryShelf::remove(RecordId id) {
    if (const auto single = singles_.find(id); single != singles_.end()) {
        const Listed removed{id, single->second.bytes(), single->second.priority};
        singles_.erase(single);
        return removed;
    }
    const auto behind = blocks_.upper_bound(id);
    if (behind == blocks_.begin()) return {};
    const auto found = std::prev(behind);
    Block& block = found->second;
    const auto above = first_above(block.slots, block.records, id);
    if (above == block.slots.begin() || std::prev(above)->id != id || !std::prev(above)->is_there) return {};
    Slot& slot = block.slots[static_cast<std::size_t>(above - block.slots.begin()) - 1];
    const Listed removed = listed_of(slot);
    slot.is_there = false;
    ++block.gaps;
    const std::uint32_t live = block.records - block.gaps;
    const bool is_last = behind == blocks_.end();
    // Most leave in their order: those at the front will soon be empty, and are few.
    const bool is_at_front = found == blocks_.begin() || std::prev(found) == blocks_.begin();
    if (live == 0 && is_last) {
        block.records = block.bytes = block.gaps = 0;  // For those to come: what is published and sent at once needs no other.
        block.topic_number = 0;
    } else if (live == 0) {
        erase(found);
    } else if (live * least_part < block.records && !is_at_front && !(is_last && block.is_young())) {
        give_up(found);
    }
    return removed;
}

void MemoryShelf::erase(Blocks::iterator block) {
    blocks_.erase(block);
    find_last();
}

void MemoryShelf::give_up(Blocks::iterator block) {
    for (std::uint32_t i = 0; i < block->second.records; ++i) {
        const Slot& slot = block->second.slots[i];
        if (slot.is_there) singles_.emplace(slot.id, record_of(block->second, slot));
    }
    erase(block);
}

std::optional<RecordId> MemoryShelf::next_in(const Block& block, RecordId after) {
    const auto end = block.slots.begin() + block.records;
    const auto found = std::find_if(first_above(block.slots, block.records, after), end, [](const Slot& slot) { return slot.is_there; });
    return found == end ? std::nullopt : std::optional<RecordId>(found->id);
}

std::optional<RecordId> MemoryShelf::previous_in(const Block& block, RecordId before) {
    const auto above = first_above(block.slots, block.records, before - 1);
    const auto rend = block.slots.rend();
    const auto found = std::find_if(std::make_reverse_iterator(above), rend, [](const Slot& slot) { return slot.is_there; });
    return found == rend ? std::nullopt : std::optional<RecordId>(found->id);
}

std::optional<RecordId> MemoryShelf::next(RecordId after) const {
    std::optional<RecordId> found;
    auto block = blocks_.upper_bound(after);
    if (block != blocks_.begin()) --block;
    for (; block != blocks_.end() && !found; ++block) found = next_in(block->second, after);
    if (const auto other = singles_.upper_bound(after); other != singles_.end())
        found = std::min(found.value_or(other->first), other->first);
    return found;
}

std::optional<RecordId> MemoryShelf::previous(RecordId before) const {
    std::optional<RecordId> found;
    for (auto block = blocks_.lower_bound(before); block != blocks_.begin() && !found;) found = previous_in((--block)->second, before);
    if (const auto other = singles_.lower_bound(before); other != singles_.begin())
        found = std::max(found.value_or(0), std::prev(other)->first);
    return found;
}

}  // namespace muster::store
