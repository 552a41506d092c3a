// SPDX-License-Identifier: Apache-2.0
// Publishers that wait for the same disk wait once: whoever comes first stores for all that have come by then.
#pragma once

#include "base/clock.hpp"
#include "outbox/outbox.hpp"

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace muster::device {

/// Nobody waits for more to come: a group is what came while the one before it was stored. A publisher that is alone stores at once, on its
/// own thread. Where commits are short whoever leads goes on with those that have come meanwhile, a few times: to wait for a sleeper to
/// wake may take longer than the commit. Whoever comes when nobody leads does. Where a commit takes long one of those that wait is woken to
/// lead: meanwhile those of the group before come again, and there are fewer commits. (That a waiter watches for some microseconds before
/// it sleeps was tried: more processor time, no higher rate.)
///
///     accept, settle --> [waiting] -- somebody leads --> commit, for all that wait --> everyone has its outcome
///
/// Threads: any.
class GroupCommit {
public:
    /// What is stored together; `settled` is of `settle`, and `outcome` theirs.
    struct Group {
        std::vector<outbox::Offer*> offers;
        std::vector<outbox::RecordId> settled;
        Result<void> outcome;
    };
    using Commit = std::function<void(Group& group)>;

    /// `commit` is called by one thread at a time, and gives every offer its outcome; `clock` says how long it takes.
    GroupCommit(Commit commit, const base::Clock& clock) : commit_(std::move(commit)), clock_(&clock) {}

    Result<outbox::RecordId> accept(const base::MessageView& message, const PublishOptions& options);
    Result<void> settle(const std::vector<outbox::RecordId>& ids);
    /// How many calls wait for the next group.
    [[nodiscard]] std::size_t waiting() const {
        const std::lock_guard lock(mutex_);
        return waiting_.size();
    }

private:
    struct Waiter {
        outbox::Offer* offer = nullptr;
        const std::vector<outbox::RecordId>* settled = nullptr;
        Result<void> outcome = {};  // Of `settled`.
    };
    /// `offered`: to one of those that wait.
    enum class Lead : std::uint8_t { free, offered, taken };
    void wait(Waiter& waiter);
    void pass_on();
    void lead(std::unique_lock<std::mutex>& lock);
    void commit_led();

    const Commit commit_;
    const base::Clock* const clock_;
    mutable std::mutex mutex_;
    std::vector<Waiter*> waiting_;
    std::uint64_t collecting_ = 1;                  // The number of the group that waits.
    std::array<std::condition_variable, 2> woken_;  // By a group's number, even or odd: the one that waits, and the one that is stored.
    std::uint64_t done_ = 0;                        // Groups up to this one have their outcomes.
    Lead lead_ = Lead::free;
    std::vector<Waiter*> led_;  // Of the one who leads, as `group_`.
    Group group_;
};

}  // namespace muster::device
