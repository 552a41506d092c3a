// SPDX-License-Identifier: Apache-2.0
// Records that need not survive the process.
#pragma once

#include "store/memory_shelf.hpp"
#include "store/record_store.hpp"

#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace muster::store {

/// Threads: one at a time.
class MemoryStore final : public RecordStore {
public:
    MemoryStore();
    using RecordStore::append;
    /// The same for one that makes none leave; it cannot fail.
    void put(const NewRecord& record);
    /// The same for a plain message of at most PlainMessage::most_bytes.
    void put(RecordId id, const base::PlainMessage& message, std::int64_t accepted_at);
    Result<void> append(const NewRecords& records, const Leaving& leaving) override;
    Result<std::vector<Record>> read(const Range& range, std::size_t max) override;
    Result<std::vector<Listed>> list(Priority priority, RecordId after, std::size_t max) override;
    Result<std::vector<Listed>> with_key(const std::string& key) override;
    Result<std::vector<RecordId>> expired(Age now, std::size_t max) override;
    Result<void> remove(const std::vector<RecordId>& ids, Removal why) override;
    Result<void> quarantine(RecordId id, const std::string& reason) override;
    Result<std::vector<Quarantined>> quarantined() override;
    Result<void> set_suspects(const std::vector<Suspect>& suspects) override;
    Result<std::vector<Suspect>> suspects() override;
    Result<void> add(const Accounts& closed) override;
    [[nodiscard]] const Accounts& accounts() const override { return accounts_; }
    [[nodiscard]] RecordId last_id() const override { return last_id_; }
    [[nodiscard]] base::Uuid name() const override { return name_; }
    [[nodiscard]] const TimeMark& time() const override { return time_; }
    void set_time(const TimeMark& mark) override { time_ = mark; }

    [[nodiscard]] bool holds(RecordId id) const { return shelf_with(id) != nullptr; }

private:
    using Ids = std::set<RecordId>;
    [[nodiscard]] MemoryShelf& shelf_of(Priority priority) { return shelves_[static_cast<std::size_t>(priority)]; }
    [[nodiscard]] const MemoryShelf* shelf_with(RecordId id) const;
    void index(const NewRecord& record);
    void remove(RecordId id, Removal why);
    void remove_from_indexes(RecordId id);

    std::array<MemoryShelf, priority_count> shelves_;  // By class.
    std::map<std::string, Ids> by_key_;
    std::set<std::pair<Age, RecordId>> by_expiry_;
    std::vector<Quarantined> quarantined_;  // By id.
    std::vector<Suspect> suspects_;
    Accounts accounts_;
    RecordId last_id_ = 0;
    TimeMark time_;
    base::Uuid name_;
};

inline void MemoryStore::put(const NewRecord& record) {
    MUSTER_REQUIRE(record.id > last_id_);
    last_id_ = record.id;
    shelf_of(record.priority).append(record);
    if (!record.key.empty() || record.expires != 0) index(record);
    accounts_.came(record.priority, record.bytes());
}

inline void MemoryStore::put(RecordId id, const base::PlainMessage& message, std::int64_t accepted_at) {
    MUSTER_REQUIRE(id > last_id_);
    last_id_ = id;
    const Priority priority = message.traits.priority;
    accounts_.came(priority, message.bytes());
    shelf_of(priority).append(id, message, accepted_at);
}

}  // namespace muster::store
