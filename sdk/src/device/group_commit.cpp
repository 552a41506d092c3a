// SPDX-License-Identifier: Apache-2.0
// Publishers that wait for the same disk wait once.
#include "device/group_commit.hpp"

#include <chrono>
#include <utility>

namespace muster::device {
namespace {

// Less than it takes until a thread has been woken and has come again; and several times that.
constexpr std::chrono::microseconds short_commit{100};
constexpr std::chrono::microseconds long_commit{200};
// How often one publisher stores before it returns to its own work.
constexpr unsigned most_commits = 8;

}  // namespace

Result<outbox::RecordId> GroupCommit::accept(const base::MessageView& message, const PublishOptions& options) {
    outbox::Offer offer{message, options};
    Waiter waiter{&offer};
    wait(waiter);
    return std::move(offer.outcome);
}

Result<void> GroupCommit::settle(const std::vector<outbox::RecordId>& ids) {
    Waiter waiter{nullptr, &ids};
    wait(waiter);
    return std::move(waiter.outcome);
}

void GroupCommit::wait(Waiter& waiter) {
    std::unique_lock lock(mutex_);
    waiting_.push_back(&waiter);
    const std::uint64_t group = collecting_;
    if (lead_ == Lead::free) return lead(lock);
    while (done_ < group) {
        woken_[group % 2].wait(lock);
        if (done_ < group && lead_ != Lead::taken) return lead(lock);
    }
    pass_on();  // The call may have been meant for one who could lead.
}

void GroupCommit::pass_on() {
    if (lead_ != Lead::taken && !waiting_.empty()) woken_[collecting_ % 2].notify_one();
}

void GroupCommit::lead(std::unique_lock<std::mutex>& lock) {
    lead_ = Lead::taken;
    for (unsigned commits = 1;; ++commits) {
        const std::uint64_t group = collecting_++;
        led_.swap(waiting_);
        lock.unlock();
        const auto begin = clock_->now();
        commit_led();
        const auto took = clock_->now() - begin;
        const std::size_t sleepers = led_.size() - (commits == 1 ? 1 : 0);  // Whoever leads is of the first group.
        led_.clear();
        lock.lock();
        done_ = group;  // From here on those of the group may be gone.
        const bool goes_on = !waiting_.empty() && took < short_commit && commits < most_commits;
        if (!goes_on) {
            lead_ = took > long_commit && !waiting_.empty() ? Lead::offered : Lead::free;
            if (sleepers == 0) pass_on();  // Otherwise the first of the group that wakes does, and the others come again meanwhile.
        }
        lock.unlock();
        if (sleepers > 0) woken_[group % 2].notify_all();
        if (!goes_on) return;
        lock.lock();
    }
}

void GroupCommit::commit_led() {
    for (const Waiter* waiter : led_) {
        if (waiter->offer != nullptr) group_.offers.push_back(waiter->offer);
        if (waiter->settled != nullptr) group_.settled.insert(group_.settled.end(), waiter->settled->begin(), waiter->settled->end());
    }
    commit_(group_);
    for (Waiter* waiter : led_) {
        if (waiter->settled != nullptr) waiter->outcome = group_.outcome;
    }
    group_.offers.clear();
    group_.settled.clear();
}

}  // namespace muster::device
