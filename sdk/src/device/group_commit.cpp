// SPDX-License-Identifier: Apache-2.0
// Publishers that wait for the same disk wait once.
#include "device/group_commit.hpp"

#include <chrono>
#include <utility>

namespace muster::device {
namespace {

// Several times what it takes until a thread has been woken.
constexpr std::chrono::microseconds long_commit{200};

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
    const std::uint64_t group = collecting_++;
    led_.swap(waiting_);
    lock.unlock();
    for (const Waiter* waiter : led_) {
        if (waiter->offer != nullptr) group_.offers.push_back(waiter->offer);
        if (waiter->settled != nullptr) group_.settled.insert(group_.settled.end(), waiter->settled->begin(), waiter->settled->end());
    }
    const auto begin = std::chrono::steady_clock::now();
    commit_(group_);
    const bool was_long = std::chrono::steady_clock::now() - begin > long_commit;
    for (Waiter* waiter : led_) {
        if (waiter->settled != nullptr) waiter->outcome = group_.outcome;
    }
    const bool is_shared = led_.size() > 1;
    led_.clear();
    group_.offers.clear();
    group_.settled.clear();
    lock.lock();
    done_ = group;  // From here on those of the group may be gone.
    lead_ = was_long && !waiting_.empty() ? Lead::offered : Lead::free;
    if (!is_shared) pass_on();  // Otherwise the first of the group that wakes does, and the others come again meanwhile.
    lock.unlock();
    if (is_shared) woken_[group % 2].notify_all();
}

}  // namespace muster::device
