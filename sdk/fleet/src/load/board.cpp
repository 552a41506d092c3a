// SPDX-License-Identifier: Apache-2.0
// The load's shared state.
#include "load/board.hpp"

#include <muster/result.hpp>

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>

namespace muster::fleet {

Totals& Totals::operator+=(const Totals& other) {
    phase = std::min(phase, other.phase);
    ready_subscribers += other.ready_subscribers;
    ready_publishers += other.ready_publishers;
    resumed += other.resumed;
    failed += other.failed;
    sent += other.sent;
    acknowledged += other.acknowledged;
    unique += other.unique;
    repeated += other.repeated;
    foreign += other.foreign;
    out_of_order += other.out_of_order;
    given_up += other.given_up;
    last_ready = std::max(last_ready, other.last_ready);
    return *this;
}

Board::Board(std::uint32_t workers) : totals_(workers), mailboxes_(workers) {
    for (auto& mailbox : mailboxes_) {
        mailbox.wake_fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        MUSTER_REQUIRE(mailbox.wake_fd >= 0);
    }
}

Board::~Board() {
    for (const auto& mailbox : mailboxes_) ::close(mailbox.wake_fd);
}

void Board::wake(const Mailbox& mailbox) const {
    const std::uint64_t one = 1;
    // A full counter is a wake-up too.
    [[maybe_unused]] const auto written = ::write(mailbox.wake_fd, &one, sizeof(one));
}

void Board::set_phase(Phase phase) {
    phase_.store(phase, std::memory_order_release);
    for (const auto& mailbox : mailboxes_) wake(mailbox);
}

Totals Board::sum() const {
    Totals sum;
    sum.phase = Phase::stopped;
    for (const auto& one : totals_) sum += one;
    return sum;
}

void Board::post(std::uint32_t worker, const Totals& totals) {
    const std::lock_guard lock(mutex_);
    totals_[worker] = totals;
    if (waiting_ > 0) changed_.notify_all();
}

Totals Board::totals() const {
    const std::lock_guard lock(mutex_);
    return sum();
}

bool Board::wait_until(const std::function<bool(const Totals&)>& is_done, std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    ++waiting_;
    const bool done = changed_.wait_for(lock, timeout, [&] { return is_done(sum()); });
    --waiting_;
    return done;
}

void Board::note_failure(const std::string& why) {
    const std::lock_guard lock(mutex_);
    if (first_failure_.empty()) first_failure_ = why;
}

std::string Board::first_failure() const {
    const std::lock_guard lock(mutex_);
    return first_failure_;
}

void Board::deliver(std::uint32_t worker, std::vector<std::uint32_t>& publishers) {
    const std::lock_guard lock(mutex_);
    auto& mailbox = mailboxes_[worker];
    mailbox.publishers.insert(mailbox.publishers.end(), publishers.begin(), publishers.end());
    publishers.clear();
    wake(mailbox);
}

void Board::collect(std::uint32_t worker, std::vector<std::uint32_t>& publishers) {
    publishers.clear();
    const std::lock_guard lock(mutex_);
    publishers.swap(mailboxes_[worker].publishers);
}

}  // namespace muster::fleet
