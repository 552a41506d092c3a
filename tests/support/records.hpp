// SPDX-License-Identifier: Apache-2.0
// Records for tests: whatever is asked about them can be computed from the id.
#pragma once

#include "store/record_store.hpp"

#include <string>
#include <vector>

namespace muster::test {

inline store::Record record_of(store::RecordId id, std::size_t payload_bytes = 64, Durability durability = Durability::process) {
    store::Record record;
    record.id = id;
    record.message.topic = "line/" + std::to_string(id % 7) + "/temperature";
    record.message.payload.resize(payload_bytes);
    for (std::size_t i = 0; i < payload_bytes; ++i) record.message.payload[i] = static_cast<char>((id * 131 + i * 7) & 255U);
    record.message.qos = id % 5 == 0 ? Qos::at_most_once : Qos::at_least_once;
    record.message.retain = id % 11 == 0;
    record.durability = durability;
    record.priority = static_cast<Priority>(id % priority_count);
    record.accepted_at = 1'700'000'000'000 + static_cast<std::int64_t>(id);
    if (id % 3 == 0) record.expires = 1'000 * static_cast<store::Age>(id);
    if (id % 4 == 0) record.key = "key " + std::to_string(id % 9);
    if (id % 6 == 1) {
        MessageProperties properties;
        properties.user = {{"number", std::to_string(id)}, {"number", ""}};
        properties.content_type = "text/plain";
        properties.response_topic = "answer/" + std::to_string(id);
        properties.correlation_data = std::string("a\0b", 3) + std::to_string(id);
        properties.is_utf8 = true;
        record.message.properties = std::make_shared<const MessageProperties>(std::move(properties));
    }
    return record;
}

inline bool same(const std::shared_ptr<const MessageProperties>& a, const std::shared_ptr<const MessageProperties>& b) {
    return (a == nullptr) == (b == nullptr) && (a == nullptr || base::encode(*a) == base::encode(*b));
}

inline bool same(const store::Record& a, const store::Record& b) {
    return a.id == b.id && a.message.topic == b.message.topic && a.message.payload == b.message.payload && a.message.qos == b.message.qos &&
           a.message.retain == b.message.retain && a.durability == b.durability && a.priority == b.priority &&
           a.accepted_at == b.accepted_at && a.expires == b.expires && a.key == b.key && same(a.message.properties, b.message.properties);
}

inline std::vector<store::RecordId> ids_of(const std::vector<store::Record>& records) {
    std::vector<store::RecordId> ids;
    for (const auto& record : records) ids.push_back(record.id);
    return ids;
}

/// accepted = what left for any reason + what waits, and what waits is the sum of the classes.
inline bool balance(const store::Accounts& accounts) {
    std::uint64_t left = 0;
    for (const auto why :
         {store::Removal::delivered, store::Removal::overflow, store::Removal::rejected, store::Removal::corrupt, store::Removal::stopped,
          store::Removal::expired, store::Removal::superseded, store::Removal::purged, store::Removal::quarantined}) {
        left += accounts.of(why);
    }
    store::Waiting waiting;
    for (const auto& in_class : accounts.classes) {
        waiting.messages += in_class.messages;
        waiting.bytes += in_class.bytes;
    }
    return accounts.accepted == left + accounts.waiting && waiting.messages == accounts.waiting && waiting.bytes == accounts.waiting_bytes;
}

}  // namespace muster::test
