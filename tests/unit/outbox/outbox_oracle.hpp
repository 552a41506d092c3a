// SPDX-License-Identifier: Apache-2.0
// What an outbox must hold, in one map and a few loops: too simple to be fast, and to be wrong.
#pragma once

#include "store/record_store.hpp"

#include <muster/policy.hpp>
#include <muster/status.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace muster::outbox {

using store::RecordId;

struct Kept {
    std::string topic;
    std::string payload;
    std::string key;
    PublishOptions options;
    std::int64_t expires = 0;  // By the machine's running time; 0: never.

    [[nodiscard]] std::uint64_t bytes() const { return topic.size() + payload.size() + key.size(); }
};

struct Oracle {
    OutboxLimits limits;
    std::map<RecordId, Kept> waiting;
    std::set<RecordId> in_flight;
    OutboxCounts counts;
    std::vector<int> turns;  // What is left of the round.

    [[nodiscard]] std::uint64_t bytes() const {
        std::uint64_t sum = 0;
        for (const auto& [id, kept] : waiting) sum += kept.bytes();
        return sum;
    }
    void forget(RecordId id) {
        waiting.erase(id);
        in_flight.erase(id);
    }
    void expire(std::int64_t now) {
        for (auto it = waiting.begin(); it != waiting.end();) {
            const bool goes = it->second.expires != 0 && it->second.expires <= now && in_flight.count(it->first) == 0;
            counts.dropped_expired += goes ? 1 : 0;
            it = goes ? waiting.erase(it) : std::next(it);
        }
    }

    [[nodiscard]] static bool holds(std::uint64_t messages, std::uint64_t bytes, std::uint64_t max_messages, std::uint64_t max_bytes) {
        return (max_messages == 0 || messages <= max_messages) && (max_bytes == 0 || bytes <= max_bytes);
    }
    // Whether all bounds hold with the new one in it and without those that leave; the second: those of its class.
    [[nodiscard]] std::pair<bool, bool> fits(const Kept& added, const std::set<RecordId>& leaving) const {
        std::uint64_t messages = 1;
        std::uint64_t bytes = added.bytes();
        std::uint64_t class_messages = 1;
        std::uint64_t class_bytes = bytes;
        for (const auto& [id, kept] : waiting) {
            if (leaving.count(id) != 0) continue;
            ++messages;
            bytes += kept.bytes();
            if (kept.options.priority != added.options.priority) continue;
            ++class_messages;
            class_bytes += kept.bytes();
        }
        const ClassLimits& own = limits.of(added.options.priority);
        const bool class_fits = holds(class_messages, class_bytes, own.max_messages, own.max_bytes);
        return {class_fits && holds(messages, bytes, limits.max_messages, limits.max_bytes), class_fits};
    }
    // The one that gives way next; 0: none may.
    [[nodiscard]] RecordId victim(const Kept& added, const std::set<RecordId>& leaving, bool of_its_class) const {
        RecordId found = 0;
        for (const auto& [id, kept] : waiting) {
            const bool may_go = in_flight.count(id) == 0 && leaving.count(id) == 0 && kept.options.priority <= added.options.priority &&
                                (!of_its_class || kept.options.priority == added.options.priority);
            if (!may_go) continue;
            const bool is_lower = found != 0 && kept.options.priority < waiting.at(found).options.priority;
            if (found == 0 || (added.options.overflow == Overflow::drop_lowest_priority && is_lower)) found = id;
        }
        return found;
    }
    // What accept must do; false: refuse.
    bool accept(const Kept& added, std::int64_t now) {
        if (!fits(added, {}).first) expire(now);
        std::set<RecordId> leaving;
        const bool is_latest = added.options.overflow == Overflow::latest;
        for (const auto& [id, kept] : waiting) {
            if (is_latest && kept.key == added.key && in_flight.count(id) == 0) leaving.insert(id);
        }
        const bool drops = added.options.overflow == Overflow::drop_oldest || added.options.overflow == Overflow::drop_lowest_priority;
        for (auto outcome = fits(added, leaving); !outcome.first; outcome = fits(added, leaving)) {
            const RecordId gone = drops ? victim(added, leaving, !outcome.second) : 0;
            if (gone == 0) return false;
            leaving.insert(gone);
        }
        (is_latest ? counts.dropped_superseded : counts.dropped_overflow) += leaving.size();
        for (const RecordId id : leaving) forget(id);
        ++counts.accepted;
        return true;
    }

    // The ids that are taken, in their order; each turn is somebody's.
    std::vector<RecordId> take(std::size_t max) {
        std::map<int, std::vector<RecordId>> queues;
        for (const auto& [id, kept] : waiting) {
            if (in_flight.count(id) == 0) queues[-static_cast<int>(kept.options.priority)].push_back(id);
        }
        for (auto& [negative, queue] : queues) {
            if (limits.of(static_cast<Priority>(-negative)).order == DrainOrder::newest_first) std::reverse(queue.begin(), queue.end());
        }
        std::map<int, std::vector<RecordId>> taken;
        const auto has_any = [&] {
            return std::any_of(queues.begin(), queues.end(), [](const auto& queue) { return !queue.second.empty(); });
        };
        for (std::size_t count = 0; count < max && has_any(); ++count) {
            auto turn = std::find_if(turns.begin(), turns.end(), [&](int whose) { return !queues[-whose].empty(); });
            if (turn == turns.end()) {
                turns.assign(64, 3);
                turns.insert(turns.end(), 16, 2);
                turns.insert(turns.end(), 4, 1);
                turns.push_back(0);
                turn = std::find_if(turns.begin(), turns.end(), [&](int whose) { return !queues[-whose].empty(); });
            }
            auto& queue = queues[-*turn];
            taken[-*turn].push_back(queue.front());
            queue.erase(queue.begin());
            turns.erase(turn);
        }
        std::vector<RecordId> all;
        for (const auto& [negative, ids] : taken) all.insert(all.end(), ids.begin(), ids.end());
        in_flight.insert(all.begin(), all.end());
        return all;
    }
};

}  // namespace muster::outbox
