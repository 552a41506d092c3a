// SPDX-License-Identifier: Apache-2.0
// The records of one class in memory.
#include "store/memory_shelf.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <string>
#include <utility>

namespace muster::store {
namespace {

// Larger ones are single: a block is to hold several.
constexpr std::uint64_t largest_in_block = 1'024;
// A block of which less than this part is left is given up.
constexpr std::uint32_t least_part = 4;

template <class Slots>
auto first_above(const Slots& slots, std::size_t count, RecordId id) {
    return std::upper_bound(slots.begin(), slots.begin() + static_cast<std::ptrdiff_t>(count), id,
                            [](RecordId wanted, const auto& slot) { return wanted < slot.id; });
}

}  // namespace

void MemoryShelf::append(const NewRecord& record) {
    const std::uint64_t bytes = record.bytes();
    if (bytes > largest_in_block || record.message.properties) {
        singles_.emplace_hint(singles_.end(), record.id, as_record(record));
        return;
    }
    const bool has_room = !blocks_.empty() && blocks_.rbegin()->second.records < Block::most_records &&
                          Block::most_bytes - blocks_.rbegin()->second.bytes >= bytes;
    if (!has_room) blocks_.try_emplace(blocks_.end(), record.id);
    Block& block = blocks_.rbegin()->second;
    block.slots[block.records++] = {record.id,
                                    record.accepted_at,
                                    record.expires,
                                    block.bytes,
                                    static_cast<std::uint16_t>(record.message.topic.size()),
                                    static_cast<std::uint16_t>(record.message.payload.size()),
                                    static_cast<std::uint16_t>(record.key.size()),
                                    record.message.qos,
                                    record.durability,
                                    record.priority,
                                    record.message.retain,
                                    true};
    ++block.live;
    for (const std::string_view part : {record.message.topic, record.message.payload, record.key}) {
        if (part.empty()) continue;  // It may be nowhere.
        std::memcpy(block.content.data() + block.bytes, part.data(), part.size());
        block.bytes += static_cast<std::uint32_t>(part.size());
    }
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
    const char* const begin = block.content.data() + slot.offset;
    Record record;
    record.id = slot.id;
    record.message = {std::string(begin, slot.topic), std::string(begin + slot.topic, slot.payload), slot.qos, slot.retain};
    record.durability = slot.durability;
    record.priority = slot.priority;
    record.accepted_at = slot.accepted_at;
    record.expires = slot.expires;
    record.key.assign(begin + slot.topic + slot.payload, slot.key);
    return record;
}

std::optional<Listed> MemoryShelf::listed(RecordId id) const {
    if (const Slot* found = slot(id)) return Listed{id, std::uint64_t{found->topic} + found->payload + found->key, found->priority};
    const auto found = singles_.find(id);
    if (found == singles_.end()) return {};
    return Listed{id, found->second.bytes(), found->second.priority};
}

std::optional<Record> MemoryShelf::read(RecordId id) const {
    if (const Slot* found = slot(id)) return record_of(std::prev(blocks_.upper_bound(id))->second, *found);
    const auto found = singles_.find(id);
    return found == singles_.end() ? std::nullopt : std::optional<Record>(found->second);
}

bool MemoryShelf::remove(RecordId id) {
    if (singles_.erase(id) != 0) return true;
    const auto behind = blocks_.upper_bound(id);
    if (behind == blocks_.begin()) return false;
    const auto found = std::prev(behind);
    Block& block = found->second;
    const auto above = first_above(block.slots, block.records, id);
    if (above == block.slots.begin() || std::prev(above)->id != id || !std::prev(above)->is_there) return false;
    block.slots[static_cast<std::size_t>(above - block.slots.begin()) - 1].is_there = false;
    --block.live;
    const bool is_last = behind == blocks_.end();
    if (block.live == 0 && is_last) {
        block.records = block.bytes = 0;  // For those to come: what is published and sent at once needs no other.
    } else if (block.live == 0) {
        blocks_.erase(found);
    } else if (block.live * least_part < block.records && !(is_last && block.is_young())) {
        give_up(found);
    }
    return true;
}

void MemoryShelf::give_up(Blocks::iterator block) {
    for (std::uint32_t i = 0; i < block->second.records; ++i) {
        const Slot& slot = block->second.slots[i];
        if (slot.is_there) singles_.emplace(slot.id, record_of(block->second, slot));
    }
    blocks_.erase(block);
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
