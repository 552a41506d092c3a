// SPDX-License-Identifier: Apache-2.0
// The readings of all topics, each topic thinned and compared by itself.
#include "policy/reading_flow.hpp"

#include <iterator>

namespace muster::policy {

using base::SteadyTime;

std::vector<Outgoing> ReadingFlow::add(std::string_view topic, Reading reading, const std::optional<RatePolicy>& rate,
                                       const std::optional<DeltaPolicy>& delta, SteadyTime now) {
    ++counts_.taken;
    std::vector<Outgoing> out;
    const auto found = topic_of(topic, rate, delta);
    auto& limiter = found->second.rate;
    const bool is_window = limiter && rate->keep != Keep::latest;
    auto passed = limiter ? limiter->add(std::move(reading), now, counts_) : std::optional<Reading>(std::move(reading));
    // What a window makes stands for readings that were taken before this one.
    pass_on(found, std::move(passed), is_window, now, out);
    note_change(found);
    forget_quiet_topics(now, out);
    return out;
}

std::vector<Outgoing> ReadingFlow::expire(SteadyTime now) {
    std::vector<Outgoing> out;
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        const auto topic = topics_.find(*deadlines_.begin()->second);
        pass_on(topic, topic->second.rate->expire(now, counts_), true, now, out);
        note_change(topic);
    }
    return out;
}

std::vector<Outgoing> ReadingFlow::flush(SteadyTime now) {
    std::vector<Outgoing> out;
    while (!deadlines_.empty()) release(topics_.find(*deadlines_.begin()->second), now, out);
    return out;
}

void ReadingFlow::refuse(std::string_view topic) {
    --counts_.stored;
    ++counts_.refused;
    const auto found = topics_.find(topic);
    if (found == topics_.end() || !found->second.delta) return;
    found->second.delta->forget();
    note_change(found);
}

std::optional<SteadyTime> ReadingFlow::next_deadline() const {
    if (deadlines_.empty()) return {};
    return deadlines_.begin()->first;
}

ReadingFlow::Topics::iterator ReadingFlow::topic_of(std::string_view name, const std::optional<RatePolicy>& rate,
                                                    const std::optional<DeltaPolicy>& delta) {
    const auto found = topics_.find(name);
    if (found != topics_.end()) {
        recent_.splice(recent_.end(), recent_, found->second.recent);
        return found;
    }
    const auto made = topics_.emplace(name, Topic{}).first;
    if (rate) made->second.rate.emplace(*rate);
    if (delta) made->second.delta.emplace(*delta);
    made->second.recent = recent_.insert(recent_.end(), &made->first);
    return made;
}

void ReadingFlow::pass_on(Topics::iterator topic, std::optional<Reading> reading, bool was_held, SteadyTime now,
                          std::vector<Outgoing>& out) {
    if (reading && topic->second.delta) reading = topic->second.delta->add(std::move(*reading), now, counts_);
    if (!reading) return;
    ++counts_.stored;
    out.push_back({topic->first, std::move(*reading), was_held});
}

void ReadingFlow::release(Topics::iterator topic, SteadyTime now, std::vector<Outgoing>& out) {
    if (topic->second.rate) pass_on(topic, topic->second.rate->flush(now, counts_), true, now, out);
    note_change(topic);
}

void ReadingFlow::note_change(Topics::iterator topic) {
    auto& [name, state] = *topic;
    const auto deadline = state.rate ? state.rate->next_deadline() : std::nullopt;
    if (deadline != state.deadline) {
        if (state.deadline) deadlines_.erase({*state.deadline, &name});
        if (deadline) deadlines_.emplace(*deadline, &name);
        state.deadline = deadline;
    }
    std::size_t bytes = name.size();
    if (state.rate) bytes += state.rate->bytes();
    if (state.delta) bytes += state.delta->bytes();
    bytes_ += bytes - state.bytes;
    state.bytes = bytes;
}

// Never the one that was used just now, which is the last.
void ReadingFlow::forget_quiet_topics(SteadyTime now, std::vector<Outgoing>& out) {
    while (topics_.size() > 1 && (topics_.size() > limits_.max_topics || bytes_ > limits_.max_bytes)) {
        const auto quiet = topics_.find(*recent_.front());
        std::vector<Outgoing> held;
        release(quiet, now, held);
        // Before what the caller gave us, which stays the last.
        out.insert(out.begin(), std::make_move_iterator(held.begin()), std::make_move_iterator(held.end()));
        bytes_ -= quiet->second.bytes;
        recent_.pop_front();
        topics_.erase(quiet);
    }
}

}  // namespace muster::policy
