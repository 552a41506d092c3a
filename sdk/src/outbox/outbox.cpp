// SPDX-License-Identifier: Apache-2.0
// The queue between the application's time and the network's.
#include "outbox/outbox.hpp"

#include "outbox/message_id.hpp"
#include "store/sqlite_store.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <string>
#include <utility>

namespace muster::outbox {
namespace {

// How many records are read or dropped in one go: payloads are in memory meanwhile.
constexpr std::size_t batch = 16;
// How many expired records one call removes: a transaction of some milliseconds.
constexpr std::size_t expiry_batch = 256;
// While something may expire the outbox's time is written at least so often, so that a power cut does not make it young again.
constexpr store::Age time_is_written_after = 600'000;  // ms

// More delivered messages than this are not kept in mind while the disk fails; no more are handed out then.
constexpr std::size_t max_unremoved = 1'024;

constexpr std::size_t longest_key = 65'535;
constexpr std::int64_t longest_life = UINT32_MAX;  // s

// Rounded up: what is left must not become nothing.
std::chrono::seconds whole_seconds(store::Age age) {
    return std::chrono::ceil<std::chrono::seconds>(std::chrono::milliseconds(age));
}

}  // namespace

bool Outbox::are_valid(const PublishOptions& options) const {
    return (options.durability == Durability::memory || durable_) && options.time_to_live.count() >= 0 &&
           options.time_to_live.count() <= longest_life && options.key.size() <= longest_key;
}

Result<void> Outbox::check(const PublishOptions& options) const {
    if (options.durability != Durability::memory && !durable_) {
        return Error{Code::invalid_argument, "without an outbox file a message can only wait in memory",
                     "set outbox_path, or durability to memory"};
    }
    if (options.time_to_live.count() < 0 || options.time_to_live.count() > longest_life) {
        return Error{Code::invalid_argument, "a time to live of " + std::to_string(options.time_to_live.count()) + " s",
                     "it must be 0 (for ever) to 4294967295"};
    }
    if (options.key.size() > longest_key)
        return Error{Code::invalid_argument, "a key of " + std::to_string(options.key.size()) + " bytes", "65535 is the most"};
    return {};
}

Result<std::unique_ptr<Outbox>> Outbox::open(const std::filesystem::path& path, const OutboxLimits& limits,
                                             std::unique_ptr<base::AgeClock> clock) {
    if (!clock) clock = std::make_unique<base::SystemAgeClock>();
    if (path.empty()) return std::unique_ptr<Outbox>(new Outbox(nullptr, limits, std::move(clock)));
    auto durable = store::SqliteStore::open(path, limits);
    if (!durable) return std::move(durable).error().in("outbox");
    std::unique_ptr<Outbox> outbox(new Outbox(std::move(*durable), limits, std::move(clock)));
    outbox->load_suspects();
    return outbox;
}

Outbox::Outbox(std::unique_ptr<store::RecordStore> durable, const OutboxLimits& limits, std::unique_ptr<base::AgeClock> clock)
    : durable_(std::move(durable)),
      memory_(std::make_unique<store::MemoryStore>()),
      clock_(std::move(clock)),
      time_(durable_ ? durable_->time() : store::TimeMark{}, clock_->read()),
      limits_(limits),
      next_id_(durable_ ? durable_->last_id() + 1 : 1) {}

store::RecordStore& Outbox::store_for(Durability durability) {
    return durability == Durability::memory ? *memory_ : *durable_;
}

// Whatever is stored next is stored with this time.
store::Age Outbox::now() {
    const store::Age now = time_.at(clock_->read());
    if (durable_) durable_->set_time(time_.mark());
    return now;
}

NewRecord Outbox::next_record(const base::MessageView& message, const PublishOptions& options) {
    const bool expires = options.time_to_live.count() > 0;
    // What is only in memory, and for ever, needs no more than the wall clock.
    const bool needs_age = expires || options.durability != Durability::memory;
    const store::Age now = needs_age ? this->now() : 0;
    const std::int64_t wall = needs_age ? time_.mark().wall : clock_->wall();
    const store::Age gone_at = expires ? now + options.time_to_live.count() * 1'000 : 0;
    std::string_view key;
    if (options.overflow == Overflow::latest) key = options.key.empty() ? message.topic : std::string_view(options.key);
    // The id is used up even on failure: a disk that failed may have stored it all the same.
    return {next_id_++, message, options.durability, options.priority, wall, gone_at, key};
}

Result<RecordId> Outbox::accept(const base::MessageView& message, const PublishOptions& options) {
    if (!are_valid(options)) return check(options).error();
    const NewRecord record = next_record(message, options);
    allowance_ = {};
    if (!base::is_plain(options) || !fits(record)) return accept_alone(record, options.overflow);
    memory_->put(record);
    ++accepted_of_[index_of(record.priority)];
    allowance_ = allowance(record.priority);
    return record.id;
}

RecordId Outbox::accept_plain(const base::PlainMessage& message) {
    const Priority priority = message.traits.priority;
    if (allowance_.priority != priority || allowance_.messages == 0 || message.bytes() > base::PlainMessage::most_bytes) return 0;
    const RecordId id = next_id_++;
    --allowance_.messages;
    ++accepted_of_[index_of(priority)];
    memory_->put(id, message, clock_->wall());
    return id;
}

Result<RecordId> Outbox::accept_alone(const NewRecord& record, Overflow overflow) {
    const bool has_room = fits(record);
    if (!has_room) static_cast<void>(expire());  // Before anything else gives way.
    std::vector<store::Listed> leaving;
    if (overflow == Overflow::latest) {
        auto superseded = superseded_by(record);
        if (!superseded) return std::move(superseded).error();
        leaving = std::move(*superseded);
    }
    if (!has_room) {
        if (auto room = make_room(record, overflow, leaving); !room) return std::move(room).error();
    }
    if (auto stored = store_instead(record, overflow, leaving); !stored) return std::move(stored).error();
    ++accepted_of_[index_of(record.priority)];
    return record.id;
}

// Merges both stores by id: one order for all of a class.
Result<std::vector<Record>> Outbox::read(const store::Range& range, std::size_t max) {
    auto records = memory_->read(range, max);
    if (!records || !durable_) return records;
    auto durable = durable_->read(range, max);
    if (!durable || records->empty()) return durable;
    std::move(durable->begin(), durable->end(), std::back_inserter(*records));
    const bool is_ascending = range.order == DrainOrder::oldest_first;
    std::sort(records->begin(), records->end(),
              [is_ascending](const Record& a, const Record& b) { return is_ascending ? a.id < b.id : a.id > b.id; });
    if (records->size() > max) records->resize(max);
    return records;
}

PerClass Outbox::waiting_of() const {
    PerClass counts{};
    for (std::size_t i = 0; i < priority_count; ++i) counts[i] = waiting(static_cast<Priority>(i)).messages;
    return counts;
}

PerClass Outbox::available() const {
    PerClass counts = waiting_of();
    for (std::size_t i = 0; i < priority_count; ++i) counts[i] -= in_flight_of_[i];
    return counts;
}

Result<std::vector<Record>> Outbox::take(std::size_t max, PerClass room) {
    auto removed = remove_delivered();
    if (!removed && delivered_.size() > max_unremoved) return std::move(removed).error();
    std::vector<Record> taken;
    taken.reserve(std::min<std::size_t>(max, static_cast<std::size_t>(waiting().messages)));
    PerClass given_up{};  // What a class has and does not give: damaged, or expired and not to be removed.
    while (taken.size() < max) {
        PerClass can = available();
        for (std::size_t i = 0; i < priority_count; ++i) can[i] = std::min(can[i] - std::min(can[i], given_up[i]), room[i]);
        const PerClass turns = schedule_.next(max - taken.size(), can);
        if (std::accumulate(turns.begin(), turns.end(), std::uint64_t{0}) == 0) break;
        for (std::size_t i = priority_count; i-- > 0;) {
            if (turns[i] == 0) continue;
            const std::size_t before = taken.size();
            const auto outcome = take_of(static_cast<Priority>(i), turns[i], taken);
            // What is in flight by now must be handed out.
            if (!outcome && taken.empty()) return outcome.error();
            if (!outcome) return taken;
            room[i] -= std::min<std::uint64_t>(room[i], taken.size() - before);
            if (taken.size() - before < turns[i]) given_up[i] = available()[i];
        }
    }
    // Somebody asks again then.
    if (!removed && taken.empty()) return std::move(removed).error();
    return taken;
}

Result<void> Outbox::take_of(Priority priority, std::size_t max, std::vector<Record>& taken) {
    const DrainOrder order = limits_.of(priority).order;
    const bool is_oldest_first = order == DrainOrder::oldest_first;
    RecordId& cursor = taken_up_to_[index_of(priority)];
    store::Range range{priority, is_oldest_first ? cursor : 0, store::highest_id, order};
    const std::size_t wanted = taken.size() + max;
    bool from_the_start = !is_oldest_first;  // Newest first there is no cursor: what is new comes before what is in flight.
    while (taken.size() < wanted) {
        const std::size_t passed_over = from_the_start ? in_flight_of_[index_of(priority)] : 0;
        auto records = read(range, wanted - taken.size() + passed_over);
        if (!records) return std::move(records).error();
        // More should be there: looked for among all of the class, what is damaged is found.
        if (records->empty() && !from_the_start && range.after != 0) {
            from_the_start = true;
            range.after = 0;
            continue;
        }
        if (records->empty()) return {};
        const RecordId last = records->back().id;
        auto handed_out = hand_out(std::move(*records), wanted, taken);
        if (!handed_out) return std::move(handed_out).error();
        (is_oldest_first ? range.after : range.before) = last;
        if (!from_the_start && *handed_out) cursor = last;
    }
    return {};
}

// Puts them in flight, and drops what has expired; false if that could not be removed and still waits.
Result<bool> Outbox::hand_out(std::vector<Record> read, std::size_t max, std::vector<Record>& taken) {
    const store::Age now = this->now();
    std::vector<RecordId> expired;
    for (auto& record : read) {
        if (is_in_flight(record.id)) continue;
        if (record.expires != 0 && record.expires <= now) {
            expired.push_back(record.id);
            continue;
        }
        if (taken.size() == max) break;
        in_flight_.emplace(record.id, InFlight{record.durability, record.priority});
        ++in_flight_of_[index_of(record.priority)];
        record.strikes = strikes_of(record.id);
        record.message_id = message_id_of(record, store_for(record.durability).name());
        if (record.expires != 0) {
            record.lives_for = record.expires - now;
            record.message.expires_after = whole_seconds(record.lives_for);
        }
        taken.push_back(std::move(record));
    }
    return expired.empty() || remove(expired, store::Removal::expired).ok();
}

// What waits in memory only costs no transaction on disk.
Result<void> Outbox::remove(const std::vector<RecordId>& ids, store::Removal why) {
    std::vector<RecordId> durable;
    if (durable_) {
        std::copy_if(ids.begin(), ids.end(), std::back_inserter(durable), [this](RecordId id) { return !memory_->holds(id); });
    }
    auto removed = memory_->remove(ids, why);
    if (removed && durable_) removed = durable_->remove(durable, why);
    if (!removed) return removed;
    for (const RecordId id : ids) strikes_.erase(id);
    return removed;
}

void Outbox::end_flight(std::map<RecordId, InFlight>::iterator record) {
    --in_flight_of_[index_of(record->second.priority)];
    in_flight_.erase(record);
}

Result<void> Outbox::settle(const std::vector<RecordId>& delivered) {
    delivered_.insert(delivered_.end(), delivered.begin(), delivered.end());
    return remove_delivered();
}

Result<void> Outbox::remove_delivered() {
    if (delivered_.empty()) return {};
    static_cast<void>(now());
    auto removed = remove(delivered_, store::Removal::delivered);
    if (removed) {
        end_delivered();
        return removed;
    }
    for (const RecordId id : delivered_) {
        if (const auto found = in_flight_.find(id); found != in_flight_.end()) found->second.is_delivered = true;
    }
    return removed;
}

void Outbox::end_delivered() {
    for (const RecordId id : delivered_) {
        if (const auto found = in_flight_.find(id); found != in_flight_.end()) end_flight(found);
    }
    delivered_.clear();
}

Result<void> Outbox::reject(RecordId id) {
    auto removed = remove({id}, store::Removal::rejected);
    if (const auto found = in_flight_.find(id); removed && found != in_flight_.end()) end_flight(found);
    return removed;
}

void Outbox::release(const std::vector<RecordId>& ids) {
    for (const RecordId id : ids) {
        const auto found = in_flight_.find(id);
        if (found == in_flight_.end() || found->second.is_delivered) continue;
        RecordId& cursor = taken_up_to_[index_of(found->second.priority)];
        cursor = std::min(cursor, id - 1);
        end_flight(found);
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

Result<void> Outbox::expire() {
    const store::Age now = this->now();
    std::vector<RecordId> gone;
    for (store::RecordStore* store : {static_cast<store::RecordStore*>(memory_.get()), durable_.get()}) {
        if (store == nullptr) continue;
        // Those in flight are among them, and stay.
        auto expired = store->expired(now, expiry_batch + in_flight_.size());
        if (!expired) return std::move(expired).error();
        std::copy_if(expired->begin(), expired->end(), std::back_inserter(gone), [this](RecordId id) { return !is_in_flight(id); });
    }
    if (!gone.empty()) return remove(gone, store::Removal::expired);
    if (!durable_ || durable_->accounts().waiting == 0 || now - durable_->time().age < time_is_written_after) return {};
    return durable_->add({});
}

OutboxCounts Outbox::counts() const {
    OutboxCounts counts;
    for (const auto* store :
         {static_cast<const store::RecordStore*>(memory_.get()), static_cast<const store::RecordStore*>(durable_.get())}) {
        if (store == nullptr) continue;
        const store::Accounts& accounts = store->accounts();
        counts.accepted += accounts.accepted;
        counts.delivered += accounts.delivered;
        counts.dropped_overflow += accounts.overflow;
        counts.dropped_rejected += accounts.rejected;
        counts.dropped_corrupt += accounts.corrupt;
        counts.dropped_stopped += accounts.stopped;
        counts.dropped_expired += accounts.expired;
        counts.dropped_superseded += accounts.superseded;
        counts.dropped_purged += accounts.purged;
        counts.quarantined += accounts.quarantined;
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
    // The file's accounts take over those of the memory, so that they cover everything this outbox ever accepted; and the time.
    static_cast<void>(now());
    auto added = durable_->add(memory_->accounts());
    if (added) memory_ = std::make_unique<store::MemoryStore>();
    return added;
}

}  // namespace muster::outbox
