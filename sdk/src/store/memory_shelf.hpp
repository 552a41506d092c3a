// SPDX-License-Identifier: Apache-2.0
// The records of one class in memory: small ones side by side in blocks, so that one allocation serves many.
#pragma once

#include "base/plain_message.hpp"
#include "store/record_store.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace muster::store {

/// In the order of their ids. A record's bytes lie in a block, behind those of the record before it, whose topic it shares if that is the
/// same; what is removed leaves a gap, and a block that is mostly gaps is given up for single records, so that memory stays in proportion
/// to what waits. Large records are single from the start. Threads: one at a time.
class MemoryShelf {
public:
    MemoryShelf() = default;
    MemoryShelf(const MemoryShelf& other) : blocks_(other.blocks_), singles_(other.singles_) { find_last(); }
    MemoryShelf& operator=(const MemoryShelf& other);
    ~MemoryShelf() = default;

    /// Its id is above all others.
    void append(const NewRecord& record);
    void append(RecordId id, const base::PlainMessage& message, std::int64_t accepted_at);
    [[nodiscard]] bool holds(RecordId id) const { return slot(id) != nullptr || singles_.count(id) != 0; }
    /// Without its payload; none if it is not there.
    [[nodiscard]] std::optional<Listed> listed(RecordId id) const;
    /// None if it is not there.
    [[nodiscard]] std::optional<Record> read(RecordId id) const;
    /// Those between two ids, both exclusive, lowest first, behind what is in `found`, until it has `max`.
    void read(RecordId after, RecordId before, std::size_t max, std::vector<Record>& found) const;
    /// What it was; none if it is not there.
    std::optional<Listed> remove(RecordId id);
    /// The next id above, or below; none if there is no other.
    [[nodiscard]] std::optional<RecordId> next(RecordId after) const;
    [[nodiscard]] std::optional<RecordId> previous(RecordId before) const;

private:
    /// In a block's content.
    struct Part {
        std::uint16_t at;
        std::uint16_t size;
    };
    struct Slot {
        RecordId id;
        std::int64_t accepted_at;
        Age expires;
        Part topic;
        Part payload;
        std::uint16_t key;  // Its size; it stands behind the payload.
        base::MessageTraits traits;
        bool is_there;
    };
    struct Block {
        static constexpr std::size_t most_records = 96;
        static constexpr std::size_t most_bytes = 6'144;
        // Larger ones are single: a block is to hold several.
        static constexpr std::uint64_t largest_record = base::PlainMessage::most_bytes;
        std::uint32_t records = 0;  // Used so far, gaps among them.
        std::uint32_t bytes = 0;
        std::uint32_t gaps = 0;
        std::uint64_t topic_number = 0;  // Of the last record; 0: not known, or there is none.
        std::array<Slot, most_records> slots;
        std::array<char, most_bytes> content;

        /// It takes as many again as are in it.
        [[nodiscard]] bool is_young() const { return records < most_records / 2 && bytes < most_bytes / 2; }

        Block() {}  // NOLINT(modernize-use-equals-default): that would clear what is written before it is read.
    };
    using Blocks = std::map<RecordId, Block>;  // By their first id.

    [[nodiscard]] const Slot* slot(RecordId id) const;
    [[nodiscard]] static std::optional<RecordId> next_in(const Block& block, RecordId after);
    [[nodiscard]] static std::optional<RecordId> previous_in(const Block& block, RecordId before);
    [[nodiscard]] static Listed listed_of(const Slot& slot);
    [[nodiscard]] static Record record_of(const Block& block, const Slot& slot);
    Block& block_for(RecordId id, std::size_t bytes);
    static Part put(Block& block, std::string_view bytes);
    static Part put_topic(Block& block, std::string_view topic);
    void append_single(const NewRecord& record);
    void begin_block(RecordId id);
    void find_last() { last_ = blocks_.empty() ? nullptr : &blocks_.rbegin()->second; }
    void erase(Blocks::iterator block);
    void give_up(Blocks::iterator block);

    Blocks blocks_;
    Block* last_ = nullptr;  // Of the blocks.
    std::map<RecordId, Record> singles_;
};

// Here, because this is on the way of every message.

inline MemoryShelf::Part MemoryShelf::put(Block& block, std::string_view bytes) {
    const Part part{static_cast<std::uint16_t>(block.bytes), static_cast<std::uint16_t>(bytes.size())};
    block.bytes += part.size;
    if (!bytes.empty()) std::memcpy(block.content.data() + part.at, bytes.data(), bytes.size());  // It may be nowhere.
    return part;
}

// Also if the record before it has left: its bytes stay where they are.
inline MemoryShelf::Part MemoryShelf::put_topic(Block& block, std::string_view topic) {
    if (block.records == 0) return put(block, topic);
    const Part before = block.slots[block.records - 1].topic;
    const bool is_same = topic == std::string_view(block.content.data() + before.at, before.size);
    return is_same ? before : put(block, topic);
}

inline MemoryShelf::Block& MemoryShelf::block_for(RecordId id, std::size_t bytes) {
    const bool has_room = last_ != nullptr && last_->records < Block::most_records && Block::most_bytes - last_->bytes >= bytes;
    if (!has_room) begin_block(id);
    return *last_;
}

inline void MemoryShelf::append(const NewRecord& record) {
    const std::uint64_t bytes = record.bytes();
    if (bytes > Block::largest_record || record.message.properties) return append_single(record);
    Block& block = block_for(record.id, bytes);
    const Part topic = put_topic(block, record.message.topic);
    const Part payload = put(block, record.message.payload);
    const Part key = put(block, record.key);
    block.slots[block.records++] = {record.id,
                                    record.accepted_at,
                                    record.expires,
                                    topic,
                                    payload,
                                    key.size,
                                    {record.message.qos, record.durability, record.priority, record.message.retain},
                                    true};
    block.topic_number = 0;
}

inline void MemoryShelf::append(RecordId id, const base::PlainMessage& message, std::int64_t accepted_at) {
    Block& block = block_for(id, message.bytes());
    Part topic{};
    if (block.topic_number == message.topic_number) {
        topic = block.slots[block.records - 1].topic;
    } else {
        topic = put_topic(block, message.topic);
        block.topic_number = message.topic_number;
    }
    Slot& slot = block.slots[block.records++];
    slot.id = id;
    slot.accepted_at = accepted_at;
    slot.expires = 0;
    slot.topic = topic;
    slot.key = 0;
    slot.traits = message.traits;
    slot.is_there = true;
    slot.payload = put(block, message.payload);
}

}  // namespace muster::store
