// SPDX-License-Identifier: Apache-2.0
// Readings that were stored one by one, put together to messages when they are sent.
#pragma once

#include "base/clock.hpp"
#include "outbox/drain_schedule.hpp"
#include "outbox/outbox.hpp"
#include "payload/reading_joiner.hpp"

#include <muster/status.hpp>
#include <muster/telemetry_policy.hpp>

#include <array>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace muster::policy {

/// What a batcher keeps that is not full yet. Beyond it, the batch that began first is sent early.
struct BatcherLimits {
    std::size_t max_records = 20'000;
    std::size_t max_bytes = std::size_t{4} << 20U;
    unsigned alone_from = 0;  ///< A record with so many strikes is in no batch; 0: any may be.
};

/// Takes records that the outbox has handed out, and gives records that may each stand for several of them, by the id of the first.
///
///     add --> [open batch of its topic] -- full, or too old --> [ready] -- take --> with the session -- expand --> the outbox
///
/// What is stored is one message each that could be sent by itself, so batches cost no durability, and a record that is none of the class's
/// readings goes as it is, and so does one under suspicion. Order is kept per topic and priority; what is ready leaves in the outbox's
/// shares by priority, so that an alarm overtakes what became ready before it. Nothing is lost with a batcher: the outbox still has all of
/// it in flight. Threads: one at a time.
class Batcher {
public:
    explicit Batcher(const BatcherLimits& limits = {}) : limits_(limits) {}

    /// Whether a message that stands for so many records may leave now.
    using Passes = std::function<bool(const outbox::Record& record, std::size_t records)>;

    /// A record of a class that batches, in the class's encoding.
    void add(outbox::Record record, const BatchPolicy& policy, Encoding encoding, base::SteadyTime now);
    /// One of a class that does not.
    void add(outbox::Record record, Encoding encoding, base::SteadyTime now);
    /// Whether what is made from now on has its id in the payload, if that is readings of QoS 1 or 2.
    void put_ids_into_payloads(bool wanted) { has_ids_in_payloads_ = wanted; }
    /// What has become too old is ready.
    void expire(base::SteadyTime now);
    /// Everything is ready.
    void flush();

    [[nodiscard]] std::size_t ready() const { return ready_count_; }
    [[nodiscard]] std::size_t ready(Priority priority) const { return ready_[static_cast<std::size_t>(priority)].size(); }
    [[nodiscard]] bool has_open() const { return !open_.empty(); }
    /// The first that are ready, at most `max`; of a class only up to the first that does not pass.
    std::vector<outbox::Record> take(std::size_t max, base::SteadyTime now, const Passes& passes = {});
    /// If something has expired while it was here: everything that was not taken, as `forget_rest`, for the outbox to look through.
    [[nodiscard]] std::vector<outbox::RecordId> take_back_expired(base::SteadyTime now);
    /// When an open batch becomes too old; none if none is open.
    [[nodiscard]] std::optional<base::SteadyTime> next_deadline() const;

    /// The ids of the records that these stand for, which the batcher knows no longer: they are settled, rejected or released.
    [[nodiscard]] std::vector<outbox::RecordId> expand(const std::vector<outbox::RecordId>& ids);
    /// The ids of everything that was not taken, and forgets it: it is released, and will be handed out again.
    [[nodiscard]] std::vector<outbox::RecordId> forget_rest();
    /// What is with the session, too: everything is released.
    void forget_all();

    [[nodiscard]] const BatchCounts& counts() const { return counts_; }

private:
    using Expiry = std::optional<base::SteadyTime>;  // Of whichever of its records expires first.
    struct Ready {
        outbox::Record record;
        Expiry expires;
    };
    struct Open {
        outbox::Record first;  // Its payload is in the joiner.
        Expiry expires;
        std::vector<outbox::RecordId> ids;
        payload::ReadingJoiner joiner;
        Encoding encoding;
        const BatchPolicy* policy;
        base::SteadyTime deadline;
    };
    using OpenBatches = std::map<std::string, Open, std::less<>>;

    [[nodiscard]] bool fits(const Open& batch, const outbox::Record& record) const;
    void close(OpenBatches::iterator batch);
    void put_id_into_payload(outbox::Record& record, Encoding encoding) const;
    void make_ready(outbox::Record record, Expiry expires);
    Expiry note_expiry(const outbox::Record& record, base::SteadyTime now);
    void shorten(OpenBatches::iterator batch, Expiry expires, base::SteadyTime now);
    [[nodiscard]] std::size_t records_of(const outbox::Record& record) const;

    BatcherLimits limits_;
    bool has_ids_in_payloads_ = false;
    OpenBatches open_;  // By topic.
    std::set<std::pair<base::SteadyTime, const std::string*>> deadlines_;
    std::size_t open_records_ = 0;
    std::size_t open_bytes_ = 0;
    std::array<std::deque<Ready>, priority_count> ready_;  // By priority.
    std::size_t ready_count_ = 0;
    outbox::DrainSchedule schedule_;
    Expiry first_expiry_;                                                // Nothing here expires before.
    std::map<outbox::RecordId, std::vector<outbox::RecordId>> members_;  // Of batches that are ready or with the session.
    BatchCounts counts_;
};

}  // namespace muster::policy
