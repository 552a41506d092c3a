// SPDX-License-Identifier: Apache-2.0
// The queue between the application's time and the network's.
#include "outbox/outbox.hpp"

#include "store/memory_store.hpp"
#include "store/sqlite_store.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace muster::outbox {
namespace {

// How many records are looked at in one go when the oldest are dropped; the in-flight window is smaller.
constexpr std::size_t drop_batch = 128;

}  // namespace

Result<std::unique_ptr<Outbox>> Outbox::open(const std::filesystem::path& path, const OutboxLimits& limits) {
    if (path.empty()) return std::unique_ptr<Outbox>(new Outbox(nullptr, limits));
    auto durable = store::SqliteStore::open(path, limits.max_bytes);
    if (!durable) return std::move(durable).error().in("outbox");
    return std::unique_ptr<Outbox>(new Outbox(std::move(*durable), limits));
}

Outbox::Outbox(std::unique_ptr<store::RecordStore> durable, const OutboxLimits& limits)
    : durable_(std::move(durable)),
      memory_(std::make_unique<store::MemoryStore>()),
      limits_(limits),
      next_id_(durable_ ? durable_->last_id() + 1 : 1) {}

store::RecordStore& Outbox::store_for(Durability durability) {
    return durability == Durability::memory ? *memory_ : *durable_;
}

Result<RecordId> Outbox::accept(Message message, const PublishOptions& options) {
    if (options.durability != Durability::memory && !durable_) {
        return Error{Code::invalid_argument, "without an outbox file a message can only wait in memory",
                     "set outbox_path, or durability to memory"};
    }
    Record record{next_id_, std::move(message), options.durability};
    if (auto room = make_room(record.bytes(), options.overflow); !room) return std::move(room).error();
    if (auto stored = store_for(options.durability).append(record); !stored) return std::move(stored).error();
    return next_id_++;
}

Result<void> Outbox::make_room(std::uint64_t bytes, Overflow overflow) {
    if (bytes > limits_.max_bytes) {
        return Error{Code::too_large, "the message has " + std::to_string(bytes) + " bytes, more than the outbox may hold (" +
                                          std::to_string(limits_.max_bytes) + ")"};
    }
    while (true) {
        const OutboxCounts now = counts();
        const bool fits = now.waiting < limits_.max_messages && now.waiting_bytes + bytes <= limits_.max_bytes;
        if (fits) return {};
        bool dropped = false;
        if (overflow == Overflow::drop_oldest) {
            auto outcome = drop_oldest();
            if (!outcome) return std::move(outcome).error();
            dropped = *outcome;
        }
        if (!dropped) {
            return Error{
                Code::full,
                "the outbox is full: " + std::to_string(now.waiting) + " messages, " + std::to_string(now.waiting_bytes) + " bytes waiting",
                "wait until it drains, raise its limits, or let it drop the oldest"};
        }
    }
}

Result<bool> Outbox::drop_oldest() {
    RecordId after = 0;
    while (true) {
        auto oldest = read_after(after, drop_batch);
        if (!oldest) return std::move(oldest).error();
        if (oldest->empty()) return false;
        for (const auto& record : *oldest) {
            if (in_flight_.count(record.id) != 0) continue;
            if (auto removed = remove({record.id}, store::Removal::overflow); !removed) return std::move(removed).error();
            return true;
        }
        after = oldest->back().id;
    }
}

// Merges both stores by id: one order for all.
Result<std::vector<Record>> Outbox::read_after(RecordId after, std::size_t max) {
    auto records = memory_->read_after(after, max);
    if (!records || !durable_) return records;
    auto durable = durable_->read_after(after, max);
    if (!durable) return durable;
    std::move(durable->begin(), durable->end(), std::back_inserter(*records));
    std::sort(records->begin(), records->end(), [](const Record& a, const Record& b) { return a.id < b.id; });
    if (records->size() > max) records->resize(max);
    return records;
}

Result<std::vector<Record>> Outbox::take(std::size_t max) {
    std::vector<Record> taken;
    while (taken.size() < max) {
        auto records = read_after(taken_up_to_, max);
        if (!records) return std::move(records).error();
        if (records->empty()) break;
        for (auto& record : *records) {
            if (taken.size() == max) break;
            taken_up_to_ = record.id;
            if (!in_flight_.emplace(record.id, record.durability).second) continue;
            taken.push_back(std::move(record));
        }
    }
    return taken;
}

Result<void> Outbox::remove(const std::vector<RecordId>& ids, store::Removal why) {
    if (auto removed = memory_->remove(ids, why); !removed || !durable_) return removed;
    return durable_->remove(ids, why);
}

Result<void> Outbox::settle(const std::vector<RecordId>& delivered) {
    auto removed = remove(delivered, store::Removal::delivered);
    // What could not be removed is sent again later: a duplicate, not a loss.
    if (!removed) release(delivered);
    for (const RecordId id : delivered) in_flight_.erase(id);
    return removed;
}

Result<void> Outbox::reject(RecordId id) {
    in_flight_.erase(id);
    return remove({id}, store::Removal::rejected);
}

void Outbox::release(const std::vector<RecordId>& ids) {
    for (const RecordId id : ids) {
        if (in_flight_.erase(id) != 0) taken_up_to_ = std::min(taken_up_to_, id - 1);
    }
}

std::size_t Outbox::release_all() {
    const std::size_t released = in_flight_.size();
    if (released > 0) taken_up_to_ = std::min(taken_up_to_, in_flight_.begin()->first - 1);
    in_flight_.clear();
    return released;
}

OutboxCounts Outbox::counts() const {
    OutboxCounts counts;
    for (const auto* store : {memory_.get(), durable_.get()}) {
        if (store == nullptr) continue;
        const store::Accounts& accounts = store->accounts();
        counts.accepted += accounts.accepted;
        counts.delivered += accounts.delivered;
        counts.dropped_overflow += accounts.overflow;
        counts.dropped_rejected += accounts.rejected;
        counts.dropped_corrupt += accounts.corrupt;
        counts.dropped_stopped += accounts.stopped;
        counts.waiting += accounts.waiting;
        counts.waiting_bytes += accounts.waiting_bytes;
    }
    return counts;
}

Result<void> Outbox::close() {
    in_flight_.clear();
    std::vector<RecordId> left;
    auto records = memory_->read_after(0, SIZE_MAX);
    for (const auto& record : records.value()) left.push_back(record.id);
    if (auto removed = memory_->remove(left, store::Removal::stopped); !removed || !durable_) return removed;
    // The file's accounts take over those of the memory, so that they cover everything this outbox ever accepted.
    auto added = durable_->add(memory_->accounts());
    if (added) memory_ = std::make_unique<store::MemoryStore>();
    return added;
}

}  // namespace muster::outbox
