// SPDX-License-Identifier: Apache-2.0
// Readings that were stored one by one, put together to messages when they are sent.
#include "policy/batcher.hpp"

#include "outbox/message_id.hpp"
#include "payload/compression.hpp"
#include "payload/message_id.hpp"

#include <algorithm>
#include <chrono>

namespace muster::policy {

using base::SteadyTime;
using outbox::Record;
using outbox::RecordId;

void Batcher::add(Record record, const BatchPolicy& policy, Encoding encoding, SteadyTime now) {
    auto batch = open_.find(record.message.topic);
    const bool is_suspect = limits_.alone_from != 0 && record.strikes >= limits_.alone_from;
    const bool is_alone = is_suspect || record.message.properties;  // These were said of one message, not of all that would be in one.
    if (batch != open_.end() && (is_alone || !fits(batch->second, record))) {
        close(batch);
        batch = open_.end();
    }
    if (is_alone) return add(std::move(record), encoding, now);
    const bool is_first = batch == open_.end();
    if (is_first) {
        payload::ReadingJoiner joiner(encoding);
        if (!joiner.add(record.message.payload)) return add(std::move(record), encoding, now);
        const auto deadline = now + policy.max_age;
        const Expiry expires = note_expiry(record, now);
        open_bytes_ += record.message.payload.size();
        record.message.payload.clear();
        std::string topic = record.message.topic;
        const RecordId id = record.id;
        batch =
            open_.emplace(std::move(topic), Open{std::move(record), expires, {id}, std::move(joiner), encoding, &policy, deadline}).first;
        deadlines_.emplace(deadline, &batch->first);
        shorten(batch, expires, now);
    } else if (batch->second.joiner.add(record.message.payload)) {
        batch->second.ids.push_back(record.id);
        auto& first = batch->second.first;
        first.message_id = outbox::message_id_with(first.message_id, record.message_id);
        first.strikes = std::max(first.strikes, record.strikes);
        open_bytes_ += record.message.payload.size();
        shorten(batch, note_expiry(record, now), now);
    } else {
        close(batch);
        return add(std::move(record), encoding, now);
    }
    ++open_records_;
    const auto& joiner = batch->second.joiner;
    if (joiner.readings() >= policy.max_readings || joiner.bytes() >= policy.max_bytes) close(batch);
    while (open_records_ > limits_.max_records || open_bytes_ > limits_.max_bytes) close(open_.find(*deadlines_.begin()->second));
}

void Batcher::add(Record record, Encoding encoding, SteadyTime now) {
    put_id_into_payload(record, encoding);
    const Expiry expires = note_expiry(record, now);
    make_ready(std::move(record), expires);
}

void Batcher::put_id_into_payload(Record& record, Encoding encoding) const {
    if (!has_ids_in_payloads_ || record.message.qos == Qos::at_most_once) return;
    record.message.payload = payload::with_message_id(std::move(record.message.payload), encoding, base::to_text(record.message_id));
}

void Batcher::make_ready(Record record, Expiry expires) {
    auto& ready = ready_[static_cast<std::size_t>(record.priority)];
    ready.push_back({std::move(record), expires});
    ++ready_count_;
}

Batcher::Expiry Batcher::note_expiry(const Record& record, SteadyTime now) {
    if (record.expires == 0) return std::nullopt;
    const auto expires = now + std::chrono::milliseconds(record.lives_for);
    first_expiry_ = std::min(first_expiry_.value_or(expires), expires);
    return expires;
}

// A batch expires with the first of its readings, and waits for others no longer than half of what is left of it.
void Batcher::shorten(OpenBatches::iterator batch, Expiry expires, SteadyTime now) {
    if (!expires) return;
    Open& open = batch->second;
    open.expires = std::min(open.expires.value_or(*expires), *expires);
    const auto deadline = std::min(open.deadline, now + (*expires - now) / 2);
    if (deadline == open.deadline) return;
    deadlines_.erase({open.deadline, &batch->first});
    open.deadline = deadline;
    deadlines_.emplace(deadline, &batch->first);
}

void Batcher::expire(SteadyTime now) {
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) close(open_.find(*deadlines_.begin()->second));
}

void Batcher::flush() {
    while (!deadlines_.empty()) close(open_.find(*deadlines_.begin()->second));
}

std::size_t Batcher::records_of(const Record& record) const {
    const auto batch = members_.find(record.id);
    return batch == members_.end() ? 1 : batch->second.size();
}

std::vector<Record> Batcher::take(std::size_t max, SteadyTime now, const Passes& passes) {
    outbox::PerClass can{};
    for (std::size_t i = 0; i < priority_count; ++i) can[i] = ready_[i].size();
    std::vector<Record> taken;
    while (taken.size() < max) {
        auto turns = schedule_.next(max - taken.size(), can);
        if (turns == outbox::PerClass{}) break;
        for (std::size_t i = priority_count; i-- > 0;) {
            for (; turns[i] > 0; --turns[i], --can[i]) {
                auto& [record, expires] = ready_[i].front();
                if (passes && !passes(record, records_of(record))) {
                    can[i] = 0;
                    break;
                }
                if (expires)
                    record.message.expires_after =
                        std::max(std::chrono::seconds(1), std::chrono::ceil<std::chrono::seconds>(*expires - now));
                taken.push_back(std::move(record));
                ready_[i].pop_front();
                --ready_count_;
            }
        }
    }
    return taken;
}

std::vector<RecordId> Batcher::take_back_expired(SteadyTime now) {
    if (!first_expiry_ || now < *first_expiry_) return {};
    first_expiry_.reset();
    const auto consider = [this](const Expiry& expires) {
        if (expires) first_expiry_ = std::min(first_expiry_.value_or(*expires), *expires);
    };
    for (const auto& ready : ready_) {
        for (const auto& one : ready) consider(one.expires);
    }
    for (const auto& [topic, batch] : open_) consider(batch.expires);
    return first_expiry_ && *first_expiry_ <= now ? forget_rest() : std::vector<RecordId>();
}

std::optional<SteadyTime> Batcher::next_deadline() const {
    if (deadlines_.empty()) return {};
    return deadlines_.begin()->first;
}

std::vector<RecordId> Batcher::expand(const std::vector<RecordId>& ids) {
    std::vector<RecordId> expanded;
    for (const RecordId id : ids) {
        const auto batch = members_.find(id);
        if (batch == members_.end()) {
            expanded.push_back(id);
            continue;
        }
        expanded.insert(expanded.end(), batch->second.begin(), batch->second.end());
        members_.erase(batch);
    }
    return expanded;
}

std::vector<RecordId> Batcher::forget_rest() {
    std::vector<RecordId> ids;
    for (auto& ready : ready_) {
        for (const auto& one : ready) ids.push_back(one.record.id);
        ready.clear();
    }
    ready_count_ = 0;
    first_expiry_.reset();
    ids = expand(ids);
    for (const auto& [topic, batch] : open_) ids.insert(ids.end(), batch.ids.begin(), batch.ids.end());
    open_.clear();
    deadlines_.clear();
    open_records_ = 0;
    open_bytes_ = 0;
    return ids;
}

void Batcher::forget_all() {
    static_cast<void>(forget_rest());
    members_.clear();
}

// A message has one QoS, one retain flag and one priority, an MQTT payload has its end somewhere, and what lives for ever must not expire
// with others.
bool Batcher::fits(const Open& batch, const Record& record) const {
    const Message& first = batch.first.message;
    return first.qos == record.message.qos && first.retain == record.message.retain && batch.first.priority == record.priority &&
           (batch.first.expires == 0) == (record.expires == 0) &&
           batch.joiner.bytes() + record.message.payload.size() <= batch.policy->max_bytes;
}

void Batcher::close(OpenBatches::iterator batch) {
    Open& open = batch->second;
    open_records_ -= open.ids.size();
    open_bytes_ -= open.joiner.bytes();
    counts_.readings += open.ids.size();
    counts_.reading_bytes += open.joiner.bytes();
    ++counts_.batches;
    Record& record = open.first;
    record.message.payload = open.joiner.take();
    put_id_into_payload(record, open.encoding);
    if (open.policy->compression == Compression::gzip)
        record.message.payload = payload::compressed_if_smaller(std::move(record.message.payload));
    counts_.batch_bytes += record.message.payload.size();
    if (open.ids.size() > 1) members_.emplace(record.id, std::move(open.ids));
    make_ready(std::move(record), open.expires);
    deadlines_.erase({open.deadline, &batch->first});
    open_.erase(batch);
}

}  // namespace muster::policy
