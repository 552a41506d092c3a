// SPDX-License-Identifier: Apache-2.0
// What stands between the outbox and the session: stored readings become batches when they are taken, the backlog goes at its pace, and
// both are records again when they are settled.
#pragma once

#include "policy/batcher.hpp"
#include "policy/drain_pace.hpp"
#include "policy/topic_classes.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace muster::device {

/// How the outbox is drained, beside its classes.
struct DrainOptions {
    std::optional<DrainConfig> pace;  ///< None: as fast as it goes.
    unsigned alone_from = 0;          ///< A record with so many strikes is in no batch; 0: any may be.
};

/// A Batcher that is filled from the outbox, and a DrainPace behind it. What it gives out the session knows by one id; `expand` says which
/// records that were. Threads: the storage thread's only.
class BatchedDrain {
public:
    /// Takes that many records out of the outbox, of each class no more than there is room for.
    using Take = std::function<Result<std::vector<outbox::Record>>(std::size_t max, const outbox::PerClass& room)>;
    enum class Wait : bool { no, for_full_batches };

    /// What is asked for, and how the outbox stands.
    struct Request {
        std::size_t max;
        std::uint64_t link;  ///< With a new one the backlog begins.
        Wait wait;           ///< `no`: the backlog is not held either.
        outbox::PerClass waiting;
        outbox::PerClass accepted;
        bool ids_in_payloads = false;  ///< Where these are readings.
    };

    /// `classes` and `random` are borrowed for the drain's life.
    BatchedDrain(const policy::TopicClasses& classes, const DrainOptions& options, base::Random& random);

    /// At most `max` messages. None, with something taken or waiting, if batches wait to become full, or the backlog for its pace: see
    /// `next_deadline`. Fails as `take` does, if nothing else is ready.
    Result<std::vector<outbox::Record>> take(const Request& request, const Take& take, base::SteadyTime now);
    [[nodiscard]] std::optional<base::SteadyTime> next_deadline() const;
    [[nodiscard]] const BatchCounts& counts() const { return batcher_.counts(); }

    /// The records that are settled or rejected with these.
    [[nodiscard]] std::vector<outbox::RecordId> expand(const std::vector<outbox::RecordId>& ids) { return batcher_.expand(ids); }
    /// The records that go back with these: those that were never given to the session, too, because their turn is after them.
    [[nodiscard]] std::vector<outbox::RecordId> put_back(const std::vector<outbox::RecordId>& ids);
    /// The same without any of these, if something expired meanwhile; to be asked before each `take`.
    [[nodiscard]] std::vector<outbox::RecordId> take_back_expired(base::SteadyTime now) { return batcher_.take_back_expired(now); }
    /// Everything goes back.
    void forget_all() { batcher_.forget_all(); }

private:
    void add(std::vector<outbox::Record> records, base::SteadyTime now);
    [[nodiscard]] outbox::PerClass room(const Request& request, base::SteadyTime now);
    Result<void> fill(const Request& request, const Take& take, base::SteadyTime now);

    const policy::TopicClasses* classes_;
    bool has_batches_;
    policy::Batcher batcher_;
    policy::DrainPace pace_;
    std::uint64_t link_ = 0;
    std::optional<base::SteadyTime> pace_deadline_;  // While the backlog is held.
};

}  // namespace muster::device
