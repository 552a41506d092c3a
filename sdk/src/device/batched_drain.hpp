// SPDX-License-Identifier: Apache-2.0
// What stands between the outbox and the session: stored readings become batches when they are taken, and records again when they are
// settled.
#pragma once

#include "policy/batcher.hpp"
#include "policy/topic_classes.hpp"

#include <cstddef>
#include <functional>
#include <vector>

namespace muster::device {

/// A Batcher that is filled from the outbox. What it gives out the session knows by one id; `expand` says which records that were.
/// Threads: the storage thread's only.
class BatchedDrain {
public:
    /// Takes that many records out of the outbox.
    using Take = std::function<Result<std::vector<outbox::Record>>(std::size_t max)>;
    enum class Wait : bool { no, for_full_batches };

    /// `classes` is borrowed for the drain's life.
    explicit BatchedDrain(const policy::TopicClasses& classes) : classes_(&classes), has_batches_(classes.has_batches()) {}

    /// At most `max` messages. None, with something taken, if batches wait to become full: see `next_deadline`. Fails as `take` does, if
    /// nothing else is ready.
    Result<std::vector<outbox::Record>> take(std::size_t max, const Take& take, Wait wait, base::SteadyTime now);
    [[nodiscard]] std::optional<base::SteadyTime> next_deadline() const { return batcher_.next_deadline(); }
    [[nodiscard]] const BatchCounts& counts() const { return batcher_.counts(); }

    /// The records that are settled or rejected with these.
    [[nodiscard]] std::vector<outbox::RecordId> expand(const std::vector<outbox::RecordId>& ids) { return batcher_.expand(ids); }
    /// The records that go back with these: those that were never given to the session, too, because their turn is after them.
    [[nodiscard]] std::vector<outbox::RecordId> put_back(const std::vector<outbox::RecordId>& ids);
    /// Everything goes back.
    void forget_all() { batcher_.forget_all(); }

private:
    const policy::TopicClasses* classes_;
    bool has_batches_;
    policy::Batcher batcher_;
};

}  // namespace muster::device
