// SPDX-License-Identifier: Apache-2.0
// Publishers that wait for the same disk wait once: whoever comes first stores for all that have come by then.
#pragma once

#include "outbox/outbox.hpp"

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace muster::device {

/// Nobody waits for more to come: a group is what came while the one before it was stored. A publisher that is alone stores at once, on its
/// own thread.
///
///     accept, settle --> [waiting] -- its first is told to lead --> commit, for all that wait --> everyone has its outcome
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

    /// `commit` is called by one thread at a time, and gives every offer its outcome.
    explicit GroupCommit(Commit commit) : commit_(std::move(commit)) {}

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
        std::condition_variable wake = {};
        bool leads = false;
        bool is_done = false;
    };
    void wait(Waiter& waiter);
    void lead(std::unique_lock<std::mutex>& lock);

    const Commit commit_;
    mutable std::mutex mutex_;
    std::vector<Waiter*> waiting_;
    bool is_led_ = false;
    std::vector<Waiter*> led_;  // Of the one who leads, as `group_`.
    Group group_;
};

}  // namespace muster::device
