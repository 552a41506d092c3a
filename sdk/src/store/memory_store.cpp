// SPDX-License-Identifier: Apache-2.0
// Records that need not survive the process.
#include "store/memory_store.hpp"

namespace muster::store {

Result<void> MemoryStore::append(const Record& record) {
    MUSTER_REQUIRE(record.id > last_id_);
    last_id_ = record.id;
    records_.emplace_hint(records_.end(), record.id, record);
    ++accounts_.accepted;
    ++accounts_.waiting;
    accounts_.waiting_bytes += record.bytes();
    return {};
}

Result<std::vector<Record>> MemoryStore::read_after(RecordId after, std::size_t max) {
    std::vector<Record> found;
    for (auto it = records_.upper_bound(after); it != records_.end() && found.size() < max; ++it) found.push_back(it->second);
    return found;
}

Result<void> MemoryStore::remove(const std::vector<RecordId>& ids, Removal why) {
    for (const RecordId id : ids) {
        const auto found = records_.find(id);
        if (found == records_.end()) continue;
        --accounts_.waiting;
        accounts_.waiting_bytes -= found->second.bytes();
        ++accounts_.of(why);
        records_.erase(found);
    }
    return {};
}

Result<void> MemoryStore::add(const Accounts& closed) {
    MUSTER_REQUIRE(closed.waiting == 0);
    accounts_.accepted += closed.accepted;
    for (const auto why : {Removal::delivered, Removal::overflow, Removal::rejected, Removal::corrupt, Removal::stopped}) {
        accounts_.of(why) += Accounts(closed).of(why);
    }
    return {};
}

}  // namespace muster::store
