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

const MemoryShelf* MemoryStore::shelf_with(RecordId id) const {
    if (accounts_.waiting == 0) return nullptr;
    const auto found = std::find_if(shelves_.begin(), shelves_.end(), [id](const MemoryShelf& shelf) { return shelf.holds(id); });
    return found == shelves_.end() ? nullptr : &*found;
}

Result<void> MemoryStore::append(const NewRecords& records, const Leaving& leaving) {
    static_cast<void>(remove(leaving.ids, leaving.why));
    for (const auto& record : records) put(record);
    return {};
}

void MemoryStore::index(const NewRecord& record) {
    if (!record.key.empty()) by_key_[std::string(record.key)].insert(record.id);
    if (record.expires != 0) by_expiry_.emplace(record.expires, record.id);
}

Result<std::vector<Record>> MemoryStore::read(const Range& range, std::size_t max) {
    std::vector<Record> found;
    if (accounts_.waiting == 0) return found;
    found.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(max, accounts_.waiting)));
    if (range.priority && range.order == DrainOrder::newest_first) {
        const MemoryShelf& shelf = shelf_of(*range.priority);
        for (auto id = shelf.previous(range.before); id && *id > range.after && found.size() < max; id = shelf.previous(*id))
            found.push_back(*shelf.read(*id));
        return found;
    }
    if (range.priority) {
        shelf_of(*range.priority).read(range.after, range.before, max, found);
        return found;
    }
    RecordId after = range.after;
    while (found.size() < max) {
        const MemoryShelf* from = nullptr;
        RecordId next = range.before;
        for (std::size_t i = 0; i < priority_count; ++i) {
            const auto id = shelves_[i].next(after);
            if (!id || *id >= next) continue;
            next = *id;
            from = &shelves_[i];
        }
        if (from == nullptr) break;
        found.push_back(*from->read(next));
        after = next;
    }
    return found;
}

Result<std::vector<Listed>> MemoryStore::list(Priority priority, RecordId after, std::size_t max) {
    std::vector<Listed> found;
    const MemoryShelf& shelf = shelf_of(priority);
    for (auto id = shelf.next(after); id && found.size() < max; id = shelf.next(*id)) found.push_back(*shelf.listed(*id));
    return found;
}

Result<std::vector<Listed>> MemoryStore::with_key(const std::string& key) {
    std::vector<Listed> found;
    const auto ids = by_key_.find(key);
    if (ids == by_key_.end()) return found;
    for (const RecordId id : ids->second) {
        if (const MemoryShelf* shelf = shelf_with(id)) found.push_back(*shelf->listed(id));
    }
    return found;
}

Result<std::vector<RecordId>> MemoryStore::expired(Age now, std::size_t max) {
    std::vector<RecordId> found;
    for (auto it = by_expiry_.begin(); it != by_expiry_.end() && it->first <= now && found.size() < max; ++it) found.push_back(it->second);
    return found;
}

Result<void> MemoryStore::remove(const std::vector<RecordId>& ids, Removal why) {
    for (const RecordId id : ids) remove(id, why);
    return {};
}

void MemoryStore::remove(RecordId id, Removal why) {
    if (accounts_.waiting == 0) return;
    // Few have these; only of them is the record itself needed.
    if (!by_expiry_.empty() || !by_key_.empty()) remove_from_indexes(id);
    for (auto& shelf : shelves_) {
        const auto removed = shelf.remove(id);
        if (!removed) continue;
        accounts_.left(removed->priority, removed->bytes, why);
        return;
    }
}

void MemoryStore::remove_from_indexes(RecordId id) {
    const MemoryShelf* shelf = shelf_with(id);
    if (shelf == nullptr) return;
    const Record record = *shelf->read(id);
    by_expiry_.erase({record.expires, id});
    const auto same_key = by_key_.find(record.key);
    if (same_key == by_key_.end()) return;
    same_key->second.erase(id);
    if (same_key->second.empty()) by_key_.erase(same_key);
}

Result<void> MemoryStore::quarantine(RecordId id, const std::string& reason) {
    const MemoryShelf* shelf = shelf_with(id);
    if (shelf == nullptr) return {};
    const auto place = std::find_if(quarantined_.begin(), quarantined_.end(), [&](const auto& one) { return one.record.id > id; });
    quarantined_.insert(place, {*shelf->read(id), reason});
    remove(id, Removal::quarantined);
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
