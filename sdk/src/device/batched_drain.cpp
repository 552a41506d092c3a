// SPDX-License-Identifier: Apache-2.0
// What stands between the outbox and the session.
#include "device/batched_drain.hpp"

#include <algorithm>
#include <utility>

namespace muster::device {
namespace {

constexpr std::size_t records_at_once = 256;
// The outbox is locked meanwhile, which `publish` must not feel: no more is taken in one go once something can be sent.
constexpr std::size_t records_in_one_go = 1'024;

policy::BatcherLimits batcher_limits(const DrainOptions& options) {
    policy::BatcherLimits limits;
    limits.alone_from = options.alone_from;
    return limits;
}

}  // namespace

BatchedDrain::BatchedDrain(const policy::TopicClasses& classes, const DrainOptions& options, base::Random& random)
    : classes_(&classes), has_batches_(classes.has_batches()), batcher_(batcher_limits(options)), pace_(options.pace, random) {}

Result<std::vector<outbox::Record>> BatchedDrain::take(const Request& request, const Take& take, base::SteadyTime now) {
    pace_deadline_.reset();
    if (!has_batches_ && !pace_.is_on() && !request.ids_in_payloads && batcher_.ready() == 0) return take(request.max, room(request, now));
    if (std::exchange(link_, request.link) != request.link) pace_.begin_connection(request.waiting, request.accepted, now);
    pace_.earn(request.accepted);
    batcher_.put_ids_into_payloads(request.ids_in_payloads);
    batcher_.expire(now);
    auto filled = fill(request, take, now);
    if (!filled && batcher_.ready() == 0) return std::move(filled).error();
    const bool is_held = pace_.is_on() && request.wait == Wait::for_full_batches;
    return batcher_.take(request.max, now, [&](const outbox::Record& record, std::size_t records) {
        if (!is_held || pace_.passes(record.priority, records, record.bytes(), now)) return true;
        pace_deadline_ = pace_.next(now);
        return false;
    });
}

// Where there are no batches, what is held stays in the outbox, where newer values may take its place.
outbox::PerClass BatchedDrain::room(const Request& request, base::SteadyTime now) {
    outbox::PerClass room{};
    for (std::size_t i = 0; i < priority_count; ++i) {
        const auto priority = static_cast<Priority>(i);
        const bool is_held = !has_batches_ && request.wait == Wait::for_full_batches;
        room[i] = is_held ? pace_.room(priority, now) : policy::DrainPace::no_bound;
        room[i] -= std::min<std::uint64_t>(room[i], batcher_.ready(priority));
        if (room[i] == 0 && request.waiting[i] > 0) pace_deadline_ = pace_.next(now);
    }
    return room;
}

Result<void> BatchedDrain::fill(const Request& request, const Take& take, base::SteadyTime now) {
    // What was left over may be held: of other classes there may be more to send.
    if (batcher_.ready() > 0) {
        auto others = room(request, now);
        for (std::size_t i = 0; i < priority_count; ++i) {
            if (batcher_.ready(static_cast<Priority>(i)) > 0) others[i] = 0;
        }
        auto records = take(request.max, others);
        if (!records) return std::move(records).error();
        add(std::move(*records), now);
    }
    std::size_t taken = 0;
    while (batcher_.ready() < request.max && (taken < records_in_one_go || batcher_.ready() == 0)) {
        const auto at_once = has_batches_ ? std::max(request.max, records_at_once) : request.max - batcher_.ready();
        auto records = take(at_once, room(request, now));
        if (!records) return std::move(records).error();
        if (records->empty()) {
            if (request.wait == Wait::no) batcher_.flush();
            break;
        }
        taken += records->size();
        add(std::move(*records), now);
    }
    return {};
}

void BatchedDrain::add(std::vector<outbox::Record> records, base::SteadyTime now) {
    for (auto& record : records) {
        const TopicClass& topic_class = classes_->class_for(record.message.topic);
        if (topic_class.batch) {
            batcher_.add(std::move(record), *topic_class.batch, topic_class.encoding, now);
        } else {
            batcher_.add(std::move(record), topic_class.encoding, now);
        }
    }
}

std::optional<base::SteadyTime> BatchedDrain::next_deadline() const {
    const auto batches = batcher_.next_deadline();
    if (!batches || !pace_deadline_) return batches ? batches : pace_deadline_;
    return std::min(*batches, *pace_deadline_);
}

std::vector<outbox::RecordId> BatchedDrain::put_back(const std::vector<outbox::RecordId>& ids) {
    auto back = batcher_.expand(ids);
    pace_.put_back(back.size());
    const auto rest = batcher_.forget_rest();
    back.insert(back.end(), rest.begin(), rest.end());
    return back;
}

}  // namespace muster::device
