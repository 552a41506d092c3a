// SPDX-License-Identifier: Apache-2.0
// The readings of all topics, each topic thinned and compared by itself: readings in, those that are to be stored out.
#pragma once

#include "policy/delta_filter.hpp"
#include "policy/rate_limiter.hpp"

#include <cstddef>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace muster::policy {

/// What a flow keeps in mind. Beyond it, what the topic that was quiet the longest holds goes on early, and the topic begins anew: its next
/// reading goes on in full.
struct FlowLimits {
    std::size_t max_topics = 4'096;
    std::size_t max_bytes = std::size_t{4} << 20U;  // Of names and values.
};

/// A reading that goes on. It counts as stored; `refuse` says that it was not.
struct Outgoing {
    std::string topic;
    Reading reading;
    bool was_held = false;  // Whoever published it was told so long ago.
};

/// Rate first and delta behind it: what the rate leaves out must not be what a later difference is made from.
///
/// At any time taken = stored + unchanged + thinned + merged + refused + held. Topics are told apart by name alone: the policies of a topic
/// are those of its first reading, and are borrowed for the flow's life.
/// Threads: one at a time.
class ReadingFlow {
public:
    explicit ReadingFlow(const FlowLimits& limits = {}) : limits_(limits) {}

    /// What goes on now that this reading came, in this order; at the end itself, where `was_held` is false.
    std::vector<Outgoing> add(std::string_view topic, Reading reading, const std::optional<RatePolicy>& rate,
                              const std::optional<DeltaPolicy>& delta, base::SteadyTime now);
    /// What has become due.
    std::vector<Outgoing> expire(base::SteadyTime now);
    /// All that is held, due or not.
    std::vector<Outgoing> flush(base::SteadyTime now);
    /// The outbox did not take what went on.
    void refuse(std::string_view topic);

    [[nodiscard]] std::optional<base::SteadyTime> next_deadline() const;
    [[nodiscard]] const ReadingCounts& counts() const { return counts_; }
    [[nodiscard]] std::size_t topics() const { return topics_.size(); }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

private:
    struct Topic {
        std::optional<RateLimiter> rate;
        std::optional<DeltaFilter> delta;
        std::optional<base::SteadyTime> deadline;        // As it stands in deadlines_.
        std::size_t bytes = 0;                           // As they stand in bytes_.
        std::list<const std::string*>::iterator recent;  // Its place in recent_.
    };
    using Topics = std::map<std::string, Topic, std::less<>>;

    Topics::iterator topic_of(std::string_view name, const std::optional<RatePolicy>& rate, const std::optional<DeltaPolicy>& delta);
    void pass_on(Topics::iterator topic, std::optional<Reading> reading, bool was_held, base::SteadyTime now, std::vector<Outgoing>& out);
    void release(Topics::iterator topic, base::SteadyTime now, std::vector<Outgoing>& out);
    void note_change(Topics::iterator topic);
    void forget_quiet_topics(base::SteadyTime now, std::vector<Outgoing>& out);

    FlowLimits limits_;
    Topics topics_;
    std::list<const std::string*> recent_;  // The one that was used last at the end.
    std::set<std::pair<base::SteadyTime, const std::string*>> deadlines_;
    std::size_t bytes_ = 0;
    ReadingCounts counts_;
};

}  // namespace muster::policy
