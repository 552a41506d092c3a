// SPDX-License-Identifier: Apache-2.0
// The records between the outbox and the broker: fetched, sent, acknowledged.
#include "session/in_flight.hpp"

#include <utility>

namespace muster::session {

using outbox::Record;
using outbox::RecordId;

namespace {

// More than one connection's window, which is 100 at most.
constexpr std::size_t most_in_doubt = 1'024;

}  // namespace

void InFlight::add(std::vector<Record> fetched) {
    for (auto& record : fetched) ready_.push_back(std::move(record));
}

std::optional<Record> InFlight::take_ready() {
    if (ready_.empty() || sent_.size() >= window_) return std::nullopt;
    std::optional<Record> record = std::move(ready_.front());
    ready_.pop_front();
    return record;
}

void InFlight::mark_sent(RecordId id) {
    sent_.insert(id);
    redelivered_ += maybe_delivered_.erase(id);
}

std::vector<RecordId> InFlight::take_settled() {
    return std::exchange(settled_, {});
}

std::vector<RecordId> InFlight::take_back_ready() {
    std::vector<RecordId> ids;
    for (const auto& record : ready_) ids.push_back(record.id);
    ready_.clear();
    return ids;
}

void InFlight::lose_connection() {
    maybe_delivered_.insert(sent_.begin(), sent_.end());
    // What has left the outbox meanwhile (expired, given up) never comes again.
    while (maybe_delivered_.size() > most_in_doubt) maybe_delivered_.erase(maybe_delivered_.begin());
    sent_.clear();
    ready_.clear();
}

}  // namespace muster::session
