// SPDX-License-Identifier: Apache-2.0
// The last events with their numbers.
#include "admin/event_log.hpp"

#include <utility>

namespace muster::testbroker::admin {

void EventLog::append(Event event) {
    event.id = next_id_++;
    events_.push_back(std::move(event));
    if (events_.size() > capacity_) events_.pop_front();
    // Those who wait again meanwhile wait for the next one.
    for (const auto& [id, wake] : std::exchange(waiting_, {})) wake();
}

std::optional<Event> EventLog::at(std::uint64_t id) const {
    if (id >= next_id_ || events_.empty()) return std::nullopt;
    const std::uint64_t oldest = events_.front().id;
    if (id >= oldest) return events_[static_cast<std::size_t>(id - oldest)];
    Event gap;
    gap.id = oldest - 1;
    gap.time = events_.front().time;
    gap.kind = EventKind::gap;
    gap.count = oldest - id;
    gap.text = "these events are no longer kept";
    return gap;
}

EventLog::Waiting EventLog::when_more(std::function<void()> wake) {
    waiting_.emplace(++last_waiting_, std::move(wake));
    return last_waiting_;
}

}  // namespace muster::testbroker::admin
