// SPDX-License-Identifier: Apache-2.0
// Records that need not survive the process.
#pragma once

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
    Result<void> append(const Record& record, const Leaving& leaving) override;
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

    [[nodiscard]] bool holds(RecordId id) const { return records_.count(id) != 0; }

private:
    using Ids = std::set<RecordId>;
    [[nodiscard]] Ids& ids_of(Priority priority) { return by_class_[static_cast<std::size_t>(priority)]; }
    [[nodiscard]] Listed listed(RecordId id) const;

    std::map<RecordId, Record> records_;
    std::array<Ids, priority_count> by_class_;
    std::map<std::string, Ids> by_key_;
    std::set<std::pair<Age, RecordId>> by_expiry_;
    std::vector<Quarantined> quarantined_;  // By id.
    std::vector<Suspect> suspects_;
    Accounts accounts_;
    RecordId last_id_ = 0;
    TimeMark time_;
    base::Uuid name_;
};

}  // namespace muster::store
