// SPDX-License-Identifier: Apache-2.0
// The records of one class in memory: small ones side by side in blocks, so that one allocation serves many.
#pragma once

#include "store/record_store.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace muster::store {

/// In the order of their ids. A record's bytes lie in a block, behind those of the record before it; what is removed leaves a gap, and a
/// block that is mostly gaps is given up for single records, so that memory stays in proportion to what waits. Large records are single
/// from the start. Threads: one at a time.
class MemoryShelf {
public:
    /// Its id is above all others.
    void append(const NewRecord& record);
    [[nodiscard]] bool holds(RecordId id) const { return slot(id) != nullptr || singles_.count(id) != 0; }
    /// Without its payload; none if it is not there.
    [[nodiscard]] std::optional<Listed> listed(RecordId id) const;
    /// None if it is not there.
    [[nodiscard]] std::optional<Record> read(RecordId id) const;
    /// False if it is not there.
    bool remove(RecordId id);
    /// The next id above, or below; none if there is no other.
    [[nodiscard]] std::optional<RecordId> next(RecordId after) const;
    [[nodiscard]] std::optional<RecordId> previous(RecordId before) const;

private:
    struct Slot {
        RecordId id;
        std::int64_t accepted_at;
        Age expires;
        std::uint32_t offset;
        std::uint16_t topic;  // Sizes in bytes.
        std::uint16_t payload;
        std::uint16_t key;
        Qos qos;
        Durability durability;
        Priority priority;
        bool retain;
        bool is_there;
    };
    struct Block {
        static constexpr std::size_t most_records = 64;
        static constexpr std::size_t most_bytes = 8'192;
        std::uint32_t records = 0;  // Used so far, gaps among them.
        std::uint32_t bytes = 0;
        std::uint32_t live = 0;
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
    [[nodiscard]] static Record record_of(const Block& block, const Slot& slot);
    void give_up(Blocks::iterator block);

    Blocks blocks_;
    std::map<RecordId, Record> singles_;
};

}  // namespace muster::store
