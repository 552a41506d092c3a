// SPDX-License-Identifier: Apache-2.0
// Publishers that wait for the same disk wait once.
#include "device/group_commit.hpp"

#include <utility>

namespace muster::device {

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
    if (!std::exchange(is_led_, true)) waiter.leads = true;
    waiter.wake.wait(lock, [&] { return waiter.leads || waiter.is_done; });
    if (waiter.leads) lead(lock);
}

void GroupCommit::lead(std::unique_lock<std::mutex>& lock) {
    led_.swap(waiting_);
    lock.unlock();
    for (const Waiter* waiter : led_) {
        if (waiter->offer != nullptr) group_.offers.push_back(waiter->offer);
        if (waiter->settled != nullptr) group_.settled.insert(group_.settled.end(), waiter->settled->begin(), waiter->settled->end());
    }
    commit_(group_);
    lock.lock();
    for (Waiter* waiter : led_) {
        if (waiter->settled != nullptr) waiter->outcome = group_.outcome;
        waiter->is_done = true;
        if (!waiter->leads) waiter->wake.notify_one();  // With the lock held: it lives on its thread's stack.
    }
    led_.clear();
    group_.offers.clear();
    group_.settled.clear();
    is_led_ = !waiting_.empty();
    if (!is_led_) return;
    waiting_.front()->leads = true;
    waiting_.front()->wake.notify_one();
}

}  // namespace muster::device
