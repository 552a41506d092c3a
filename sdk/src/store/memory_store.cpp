// SPDX-License-Identifier: Apache-2.0
// Records that need not survive the process.
#include "store/memory_store.hpp"

#include "base/random.hpp"

#include <algorithm>
#include <iterator>

namespace muster::store {

MemoryStore::MemoryStore() {
    base::SystemRandom random;
    name_ = {random.next(), random.next()};
}

Result<void> MemoryStore::append(const Record& record, const Leaving& leaving) {
    MUSTER_REQUIRE(record.id > last_id_);
    static_cast<void>(remove(leaving.ids, leaving.why));
    last_id_ = record.id;
    records_.emplace_hint(records_.end(), record.id, record);
    ids_of(record.priority).insert(record.id);
    if (!record.key.empty()) by_key_[record.key].insert(record.id);
    if (record.expires != 0) by_expiry_.emplace(record.expires, record.id);
    accounts_.came(record.priority, record.bytes());
    return {};
}

Result<std::vector<Record>> MemoryStore::read(const Range& range, std::size_t max) {
    std::vector<Record> found;
    if (!range.priority) {
        for (auto it = records_.upper_bound(range.after); it != records_.end() && it->first < range.before && found.size() < max; ++it)
            found.push_back(it->second);
        return found;
    }
    const Ids& ids = ids_of(*range.priority);
    const auto first = ids.upper_bound(range.after);
    const auto last = ids.lower_bound(range.before);
    if (range.after >= range.before) return found;
    if (range.order == DrainOrder::oldest_first) {
        for (auto it = first; it != last && found.size() < max; ++it) found.push_back(records_.at(*it));
    } else {
        for (auto it = last; it != first && found.size() < max;) found.push_back(records_.at(*--it));
    }
    return found;
}

Listed MemoryStore::listed(RecordId id) const {
    const Record& record = records_.at(id);
    return {id, record.bytes(), record.priority};
}

Result<std::vector<Listed>> MemoryStore::list(Priority priority, RecordId after, std::size_t max) {
    std::vector<Listed> found;
    const Ids& ids = ids_of(priority);
    for (auto it = ids.upper_bound(after); it != ids.end() && found.size() < max; ++it) found.push_back(listed(*it));
    return found;
}

Result<std::vector<Listed>> MemoryStore::with_key(const std::string& key) {
    std::vector<Listed> found;
    const auto ids = by_key_.find(key);
    if (ids == by_key_.end()) return found;
    for (const RecordId id : ids->second) found.push_back(listed(id));
    return found;
}

Result<std::vector<RecordId>> MemoryStore::expired(Age now, std::size_t max) {
    std::vector<RecordId> found;
    for (auto it = by_expiry_.begin(); it != by_expiry_.end() && it->first <= now && found.size() < max; ++it) found.push_back(it->second);
    return found;
}

Result<void> MemoryStore::remove(const std::vector<RecordId>& ids, Removal why) {
    for (const RecordId id : ids) {
        const auto found = records_.find(id);
        if (found == records_.end()) continue;
        const Record& record = found->second;
        accounts_.left(record.priority, record.bytes(), why);
        ids_of(record.priority).erase(id);
        by_expiry_.erase({record.expires, id});
        if (const auto same_key = by_key_.find(record.key); same_key != by_key_.end()) {
            same_key->second.erase(id);
            if (same_key->second.empty()) by_key_.erase(same_key);
        }
        records_.erase(found);
    }
    return {};
}

Result<void> MemoryStore::quarantine(RecordId id, const std::string& reason) {
    const auto found = records_.find(id);
    if (found == records_.end()) return {};
    const auto place = std::find_if(quarantined_.begin(), quarantined_.end(), [&](const auto& one) { return one.record.id > id; });
    quarantined_.insert(place, {found->second, reason});
    static_cast<void>(remove({id}, Removal::quarantined));
    std::uint64_t bytes = 0;
    std::size_t kept = 0;
    for (auto it = quarantined_.rbegin(); it != quarantined_.rend() && kept < most_quarantined; ++it, ++kept) {
        bytes += it->record.bytes();
        if (bytes > most_quarantined_bytes) break;
    }
    quarantined_.erase(quarantined_.begin(), quarantined_.end() - static_cast<std::ptrdiff_t>(kept));
    return {};
}

Result<std::vector<Quarantined>> MemoryStore::quarantined() {
    return quarantined_;
}

Result<void> MemoryStore::set_suspects(const std::vector<Suspect>& suspects) {
    suspects_ = suspects;
    return {};
}

Result<std::vector<Suspect>> MemoryStore::suspects() {
    std::vector<Suspect> waiting;
    std::copy_if(suspects_.begin(), suspects_.end(), std::back_inserter(waiting), [this](const Suspect& one) { return holds(one.id); });
    return waiting;
}

Result<void> MemoryStore::add(const Accounts& closed) {
    MUSTER_REQUIRE(closed.waiting == 0);
    accounts_.add_gone(closed);
    return {};
}

}  // namespace muster::store
