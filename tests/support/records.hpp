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
    return record;
}

inline bool same(const store::Record& a, const store::Record& b) {
    return a.id == b.id && a.message.topic == b.message.topic && a.message.payload == b.message.payload && a.message.qos == b.message.qos &&
           a.message.retain == b.message.retain && a.durability == b.durability;
}

inline std::vector<store::RecordId> ids_of(const std::vector<store::Record>& records) {
    std::vector<store::RecordId> ids;
    for (const auto& record : records) ids.push_back(record.id);
    return ids;
}

/// accepted = what left for any reason + what waits.
inline bool balance(const store::Accounts& accounts) {
    return accounts.accepted ==
           accounts.delivered + accounts.overflow + accounts.rejected + accounts.corrupt + accounts.stopped + accounts.waiting;
}

}  // namespace muster::test
