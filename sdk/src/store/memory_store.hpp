// SPDX-License-Identifier: Apache-2.0
// Records that need not survive the process.
#pragma once

#include "store/record_store.hpp"

#include <map>

namespace muster::store {

/// Threads: one at a time.
class MemoryStore final : public RecordStore {
public:
    Result<void> append(const Record& record) override;
    Result<std::vector<Record>> read_after(RecordId after, std::size_t max) override;
    Result<void> remove(const std::vector<RecordId>& ids, Removal why) override;
    Result<void> add(const Accounts& closed) override;
    [[nodiscard]] const Accounts& accounts() const override { return accounts_; }
    [[nodiscard]] RecordId last_id() const override { return last_id_; }

private:
    std::map<RecordId, Record> records_;
    Accounts accounts_;
    RecordId last_id_ = 0;
};

}  // namespace muster::store
