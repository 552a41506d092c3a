// SPDX-License-Identifier: Apache-2.0
// Readings that were stored one by one, put together to messages when they are sent.
#include "policy/batcher.hpp"

#include "outbox/message_id.hpp"
#include "payload/compression.hpp"

#include <algorithm>
#include <iterator>

namespace muster::policy {

using base::SteadyTime;
using outbox::Record;
using outbox::RecordId;

void Batcher::add(Record record, const BatchPolicy& policy, Encoding encoding, SteadyTime now) {
    auto batch = open_.find(record.message.topic);
    if (batch != open_.end() && !fits(batch->second, record)) {
        close(batch);
        batch = open_.end();
    }
    // They were said of one message, not of all that would be in one.
    if (record.message.properties) {
        if (batch != open_.end()) close(batch);
        return add(std::move(record));
    }
    const bool is_first = batch == open_.end();
    if (is_first) {
        payload::ReadingJoiner joiner(encoding);
        if (!joiner.add(record.message.payload)) return add(std::move(record));
        const auto deadline = now + policy.max_age;
        open_bytes_ += record.message.payload.size();
        record.message.payload.clear();
        std::string topic = record.message.topic;
        const RecordId id = record.id;
        batch = open_.emplace(std::move(topic), Open{std::move(record), {id}, std::move(joiner), &policy, deadline}).first;
        deadlines_.emplace(deadline, &batch->first);
    } else if (batch->second.joiner.add(record.message.payload)) {
        batch->second.ids.push_back(record.id);
        auto& message_id = batch->second.first.message_id;
        message_id = outbox::message_id_with(message_id, record.message_id);
        open_bytes_ += record.message.payload.size();
    } else {
        close(batch);
        return add(std::move(record));
    }
    ++open_records_;
    const auto& joiner = batch->second.joiner;
    if (joiner.readings() >= policy.max_readings || joiner.bytes() >= policy.max_bytes) close(batch);
    while (open_records_ > limits_.max_records || open_bytes_ > limits_.max_bytes) close(open_.find(*deadlines_.begin()->second));
}

void Batcher::add(Record record) {
    ready_.push_back(std::move(record));
}

void Batcher::expire(SteadyTime now) {
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) close(open_.find(*deadlines_.begin()->second));
}

void Batcher::flush() {
    while (!deadlines_.empty()) close(open_.find(*deadlines_.begin()->second));
}

std::vector<Record> Batcher::take(std::size_t max) {
    const auto end = ready_.begin() + static_cast<std::ptrdiff_t>(std::min(max, ready_.size()));
    std::vector<Record> taken(std::make_move_iterator(ready_.begin()), std::make_move_iterator(end));
    ready_.erase(ready_.begin(), end);
    return taken;
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
    for (const auto& record : ready_) ids.push_back(record.id);
    ids = expand(ids);
    ready_.clear();
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

// A message has one QoS and one retain flag, and an MQTT payload has its end somewhere.
bool Batcher::fits(const Open& batch, const Record& record) const {
    const Message& first = batch.first.message;
    return first.qos == record.message.qos && first.retain == record.message.retain &&
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
    if (open.policy->compression == Compression::gzip)
        record.message.payload = payload::compressed_if_smaller(std::move(record.message.payload));
    counts_.batch_bytes += record.message.payload.size();
    if (open.ids.size() > 1) members_.emplace(record.id, std::move(open.ids));
    ready_.push_back(std::move(record));
    deadlines_.erase({open.deadline, &batch->first});
    open_.erase(batch);
}

}  // namespace muster::policy
