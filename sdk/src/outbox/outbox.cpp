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

// How many records are read in one go when several are dropped or given up: payloads are in memory meanwhile.
constexpr std::size_t batch = 16;

// More delivered messages than this are not kept in mind while the disk fails; no more are handed out then.
constexpr std::size_t max_unremoved = 1'024;

}  // namespace

Result<std::unique_ptr<Outbox>> Outbox::open(const std::filesystem::path& path, const OutboxLimits& limits) {
    if (path.empty()) return std::unique_ptr<Outbox>(new Outbox(nullptr, limits));
    auto durable = store::SqliteStore::open(path, limits);
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
    const std::uint64_t bytes = message.topic.size() + message.payload.size();
    if (auto room = make_room(bytes, options.overflow); !room) return std::move(room).error();
    // The id is used up even on failure: a disk that failed may have stored it all the same.
    const Record record{next_id_++, std::move(message), options.durability};
    if (auto stored = store_for(options.durability).append(record); !stored) return std::move(stored).error();
    return record.id;
}

Result<void> Outbox::make_room(std::uint64_t bytes, Overflow overflow) {
    if (bytes > limits_.max_bytes) {
        return Error{Code::too_large, "the message has " + std::to_string(bytes) + " bytes, more than the outbox may hold (" +
                                          std::to_string(limits_.max_bytes) + ")"};
    }
    const OutboxCounts now = counts();
    const auto excess = [](std::uint64_t wanted, std::uint64_t limit) { return wanted > limit ? wanted - limit : 0; };
    const std::uint64_t excess_messages = excess(now.waiting + 1, limits_.max_messages);
    const std::uint64_t excess_bytes = excess(now.waiting_bytes + bytes, limits_.max_bytes);
    if (excess_messages == 0 && excess_bytes == 0) return {};
    if (overflow == Overflow::drop_oldest) {
        auto dropped = drop_oldest(excess_messages, excess_bytes);
        if (!dropped) return std::move(dropped).error();
        if (*dropped) return {};
    }
    return Error{
        Code::full,
        "the outbox is full: " + std::to_string(now.waiting) + " messages, " + std::to_string(now.waiting_bytes) + " bytes waiting",
        "wait until it drains, raise its limits, or let it drop the oldest"};
}

// False, and nothing dropped, if what is not in flight is not enough.
Result<bool> Outbox::drop_oldest(std::uint64_t messages, std::uint64_t bytes) {
    std::vector<RecordId> victims;
    std::uint64_t victims_bytes = 0;
    const auto is_enough = [&] { return victims.size() >= messages && victims_bytes >= bytes; };
    RecordId after = taken_up_to_;
    for (std::size_t max = 1; !is_enough(); max = batch) {
        auto oldest = read_after(after, max);
        if (!oldest) return std::move(oldest).error();
        if (oldest->empty()) return false;
        for (const auto& record : *oldest) {
            after = record.id;
            if (is_enough() || in_flight_.count(record.id) != 0) continue;
            victims.push_back(record.id);
            victims_bytes += record.bytes();
        }
    }
    if (auto removed = remove(victims, store::Removal::overflow); !removed) return std::move(removed).error();
    return true;
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
    auto removed = remove_delivered();
    if (!removed && delivered_.size() > max_unremoved) return std::move(removed).error();
    std::vector<Record> taken;
    while (taken.size() < max) {
        auto records = read_after(taken_up_to_, max - taken.size());
        // What is in flight by now must be handed out.
        if (!records && taken.empty()) return records;
        if (!records || records->empty()) break;
        for (auto& record : *records) {
            taken_up_to_ = record.id;
            if (in_flight_.emplace(record.id, InFlight{record.durability}).second) taken.push_back(std::move(record));
        }
    }
    return taken;
}

// What waits in memory only costs no transaction on disk.
Result<void> Outbox::remove(const std::vector<RecordId>& ids, store::Removal why) {
    if (auto removed = memory_->remove(ids, why); !removed || !durable_) return removed;
    std::vector<RecordId> durable;
    for (const RecordId id : ids) {
        const auto found = in_flight_.find(id);
        if (found == in_flight_.end() || found->second.durability != Durability::memory) durable.push_back(id);
    }
    return durable_->remove(durable, why);
}

Result<void> Outbox::settle(const std::vector<RecordId>& delivered) {
    delivered_.insert(delivered_.end(), delivered.begin(), delivered.end());
    return remove_delivered();
}

Result<void> Outbox::remove_delivered() {
    if (delivered_.empty()) return {};
    auto removed = remove(delivered_, store::Removal::delivered);
    for (const RecordId id : delivered_) {
        const auto found = in_flight_.find(id);
        if (found == in_flight_.end()) continue;
        if (removed) {
            in_flight_.erase(found);
        } else {
            found->second.is_delivered = true;
        }
    }
    if (removed) delivered_.clear();
    return removed;
}

Result<void> Outbox::reject(RecordId id) {
    auto removed = remove({id}, store::Removal::rejected);
    if (removed) in_flight_.erase(id);
    return removed;
}

void Outbox::release(const std::vector<RecordId>& ids) {
    for (const RecordId id : ids) {
        const auto found = in_flight_.find(id);
        if (found == in_flight_.end() || found->second.is_delivered) continue;
        in_flight_.erase(found);
        taken_up_to_ = std::min(taken_up_to_, id - 1);
    }
}

std::size_t Outbox::release_all() {
    std::vector<RecordId> ids;
    for (const auto& [id, state] : in_flight_) {
        if (!state.is_delivered) ids.push_back(id);
    }
    release(ids);
    return ids.size();
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
    // What is delivered and stays on disk all the same is sent again by the next run: a duplicate, not a loss.
    static_cast<void>(remove_delivered());
    while (true) {
        auto left = memory_->read_after(0, batch);
        if (!left) return std::move(left).error();
        if (left->empty()) break;
        std::vector<RecordId> ids;
        for (const auto& record : *left) ids.push_back(record.id);
        if (auto removed = memory_->remove(ids, store::Removal::stopped); !removed) return removed;
    }
    if (!durable_) return {};
    // The file's accounts take over those of the memory, so that they cover everything this outbox ever accepted.
    auto added = durable_->add(memory_->accounts());
    if (added) memory_ = std::make_unique<store::MemoryStore>();
    return added;
}

}  // namespace muster::outbox
