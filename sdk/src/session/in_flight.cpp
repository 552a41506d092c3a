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
    if (ready_.empty() || sent_.size() >= window_ || alone_) return std::nullopt;
    const bool is_suspect = alone_from_ != 0 && ready_.front().strikes >= alone_from_;
    if (is_suspect && !sent_.empty()) return std::nullopt;
    suspect_ = is_suspect ? std::optional<RecordId>(ready_.front().id) : std::nullopt;
    std::optional<Record> record = std::move(ready_.front());
    ready_.pop_front();
    return record;
}

void InFlight::mark_sent(RecordId id) {
    sent_.insert(id);
    if (suspect_ == id) alone_ = id;
    redelivered_ += maybe_delivered_.erase(id);
}

bool InFlight::answered(RecordId id) {
    if (sent_.erase(id) == 0) return false;
    if (alone_ == id) alone_.reset();
    return true;
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

std::vector<RecordId> InFlight::lose_connection() {
    std::vector<RecordId> unanswered(sent_.begin(), sent_.end());
    alone_.reset();
    maybe_delivered_.insert(sent_.begin(), sent_.end());
    // What has left the outbox meanwhile (expired, given up) never comes again.
    while (maybe_delivered_.size() > most_in_doubt) maybe_delivered_.erase(maybe_delivered_.begin());
    sent_.clear();
    ready_.clear();
    return unanswered;
}

}  // namespace muster::session
