// SPDX-License-Identifier: Apache-2.0
// What ends connections, found and set aside.
#include "outbox/outbox.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace muster::outbox {
namespace {

// Two windows of suspicion are plenty; the oldest of more are let off.
constexpr std::size_t most_suspects = 256;

}  // namespace

void Outbox::load_suspects() {
    const auto suspects = durable_->suspects();
    if (!suspects) return;
    for (const auto& suspect : *suspects) strikes_[suspect.id] = suspect.strikes;
}

unsigned Outbox::strikes_of(RecordId id) const {
    const auto found = strikes_.find(id);
    return found == strikes_.end() ? 0 : found->second;
}

Result<void> Outbox::store_suspects() {
    std::vector<store::Suspect> durable;
    for (const auto& [id, strikes] : strikes_) {
        if (!memory_->holds(id)) durable.push_back({id, strikes});
    }
    if (!durable_ || durable.empty()) return {};
    return durable_->set_suspects(durable);
}

Result<std::size_t> Outbox::release_all(const std::vector<RecordId>& unanswered, std::size_t packets) {
    std::vector<RecordId> guilty;
    if (limits_.quarantine_after != 0) {
        for (const RecordId id : unanswered) {
            const auto found = in_flight_.find(id);
            if (found == in_flight_.end() || found->second.is_delivered) continue;
            unsigned& strikes = strikes_[id];
            ++strikes;
            // The last strike counts only for one that was alone.
            if (strikes >= limits_.quarantine_after && packets > 1) strikes = limits_.quarantine_after - 1;
            if (strikes >= limits_.quarantine_after) guilty.push_back(id);
        }
        while (strikes_.size() > most_suspects) strikes_.erase(strikes_.begin());
    }
    const std::size_t count = release_all();
    for (const RecordId id : guilty) {
        const std::string reason = "it was in flight when " + std::to_string(strikes_of(id)) + " connections in a row were lost";
        if (auto done = quarantine(id, reason); !done) return std::move(done).error();
    }
    // So that a device that starts anew after every loss finds it as well.
    if (!unanswered.empty() && limits_.quarantine_after != 0) {
        if (auto stored = store_suspects(); !stored) return std::move(stored).error();
    }
    return count;
}

Result<void> Outbox::quarantine(RecordId id, const std::string& reason) {
    static_cast<void>(now());
    const bool is_memory = memory_->holds(id);
    if (!is_memory && !durable_) return {};
    auto done = is_memory ? memory_->quarantine(id, reason) : durable_->quarantine(id, reason);
    if (!done) return done;
    strikes_.erase(id);
    if (const auto found = in_flight_.find(id); found != in_flight_.end()) end_flight(found);
    return done;
}

Result<std::vector<QuarantinedMessage>> Outbox::quarantined() {
    std::vector<QuarantinedMessage> all;
    for (store::RecordStore* store : {static_cast<store::RecordStore*>(memory_.get()), durable_.get()}) {
        if (store == nullptr) continue;
        auto kept = store->quarantined();
        if (!kept) return std::move(kept).error();
        for (auto& one : *kept) all.push_back({one.record.id, std::move(one.record.message), std::move(one.reason)});
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    return all;
}

}  // namespace muster::outbox
