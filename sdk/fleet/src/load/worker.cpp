// SPDX-License-Identifier: Apache-2.0
// The loop of one thread.
#include "load/worker.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace muster::fleet {
namespace {

constexpr std::size_t scratch_bytes = 256U << 10U;
constexpr int events_at_once = 512;
// Of a storm: few enough that the first answers are read while the last connections begin.
constexpr std::uint32_t starts_per_turn = 128;
constexpr std::chrono::milliseconds longest_sleep{100};
constexpr std::uint32_t wake_slot = UINT32_MAX;

}  // namespace

Worker::Worker(const Plan& plan, std::uint32_t index, Board& board)
    : plan_(plan),
      index_(index),
      board_(board),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      scratch_(scratch_bytes, '\0'),
      ledger_(index == 0 ? plan.publishers.count : 0),
      receipts_(plan.threads) {
    MUSTER_REQUIRE(epoll_ >= 0);
    for (std::uint32_t number = index; number < plan.publishers.count; number += plan.threads) {
        clients_.emplace_back(Client::Role::publisher, number, static_cast<std::uint32_t>(clients_.size()));
        publishers_.emplace_back(plan, number);
    }
    for (std::uint32_t number = 0; index == 0 && number < plan.subscribers.count; ++number) {
        clients_.emplace_back(Client::Role::subscriber, number, static_cast<std::uint32_t>(clients_.size()));
    }
    if (plan.tls) {
        auto tls = TlsClients::make(*plan.tls, static_cast<std::uint32_t>(clients_.size()));
        if (tls) tls_ = std::move(*tls);
        if (!tls_) board.note_failure(tls.error().message());
    }
    watches_writing_.resize(clients_.size());
    is_sendable_.resize(publishers_.size());
    epoll_event event{.events = EPOLLIN, .data = {.u32 = wake_slot}};
    MUSTER_REQUIRE(::epoll_ctl(epoll_, EPOLL_CTL_ADD, board.wake_fd(index), &event) == 0);
}

Worker::~Worker() {
    ::close(epoll_);
}

void Worker::run() {
    while (true) {
        now_ = std::chrono::steady_clock::now();
        if (const Phase phase = board_.phase(); phase != phase_) enter(phase);
        if (phase_ == Phase::stopped) break;
        start_clients();
        if (phase_ == Phase::running) schedule_ ? send_open_loop() : send_closed_loop();
        exchange_receipts();
        give_up_if_stuck();
        totals_.unique = ledger_.unique();
        totals_.repeated = ledger_.repeated();
        totals_.foreign = ledger_.foreign();
        totals_.out_of_order = ledger_.out_of_order();
        totals_.phase = phase_;
        board_.post(index_, totals_);
        wait_and_handle();
    }
    for (auto& client : clients_) client.close();
}

void Worker::enter(Phase phase) {
    phase_ = phase;
    last_movement_ = now_;
    const auto publishers = static_cast<std::uint32_t>(publishers_.size());
    if (phase == Phase::connecting_subscribers) {
        next_to_start_ = publishers;
        last_to_start_ = static_cast<std::uint32_t>(clients_.size());
    } else if (phase == Phase::connecting_publishers) {
        next_to_start_ = 0;
        last_to_start_ = publishers;
    } else if (phase == Phase::running) {
        if (plan_.messages_per_second > 0) schedule_.emplace(now_, plan_.messages_per_second / plan_.messages_per_write);
        next_write_ = 0;
        for (std::uint32_t slot = 0; slot < publishers; ++slot) make_sendable(slot);
    } else if (phase == Phase::closing) {
        close_publishers();
    }
}

void Worker::close_publishers() {
    for (auto& client : clients_) {
        if (client.role() == Client::Role::publisher) client.close();
    }
    totals_.ready_publishers = 0;
}

bool Worker::may_start() const {
    return next_to_start_ < last_to_start_ && (plan_.connecting_at_once == 0 || in_progress_ < plan_.connecting_at_once);
}

void Worker::start_clients() {
    for (std::uint32_t started = 0; started < starts_per_turn && may_start(); ++started) start(clients_[next_to_start_++]);
}

void Worker::start(Client& client) {
    ++in_progress_;
    if (auto started = client.start(plan_, tls_.get()); !started) return failed(client, started.error().message());
    epoll_event event{.events = EPOLLIN | EPOLLOUT, .data = {.u32 = client.slot()}};
    watches_writing_[client.slot()] = true;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, client.fd(), &event) != 0) failed(client, "epoll refused a socket");
}

void Worker::ready(Client& client) {
    --in_progress_;
    ++(client.role() == Client::Role::publisher ? totals_.ready_publishers : totals_.ready_subscribers);
    if (client.is_resumed()) ++totals_.resumed;
    totals_.last_ready = std::chrono::steady_clock::now();
    connect_times_.record(totals_.last_ready - client.started());
}

void Worker::failed(Client& client, std::string why) {
    if (!client.has_stood()) --in_progress_;
    ++totals_.failed;
    board_.note_failure((client.role() == Client::Role::publisher ? "publisher " : "subscriber ") + std::to_string(client.number()) + ": " +
                        why);
}

void Worker::received(Client& /*client*/, std::string_view payload) {
    const auto stamp = read_stamp(payload);
    if (!stamp || stamp->run != plan_.run) return ledger_.note_foreign();
    if (ledger_.record(stamp->publisher, stamp->sequence) != Arrival::first) return;
    last_movement_ = now_;
    if (stamp->intended >= board_.measured_from()) latencies_.record(now_ - stamp->intended);
    const std::uint32_t owner = stamp->publisher % plan_.threads;
    if (owner == index_) return message_settled(stamp->publisher);
    receipts_[owner].push_back(stamp->publisher);
}

void Worker::message_settled(std::uint32_t publisher) {
    const std::uint32_t slot = publisher / plan_.threads;
    publishers_[slot].window().received();
    make_sendable(slot);
}

void Worker::acknowledged(Client& client) {
    ++totals_.acknowledged;
    last_movement_ = now_;
    publishers_[client.slot()].window().acknowledged();
    make_sendable(client.slot());
}

void Worker::make_sendable(std::uint32_t slot) {
    if (schedule_ || is_sendable_[slot]) return;
    is_sendable_[slot] = true;
    sendable_.push_back(slot);
}

// One write for each publisher in turn: several in a row would reach the broker in one read, as if they had been one write.
void Worker::send_closed_loop() {
    sending_.clear();
    sending_.swap(sendable_);
    for (const std::uint32_t slot : sending_) {
        is_sendable_[slot] = false;
        const Client& client = clients_[slot];
        const std::uint32_t messages = publishers_[slot].next_write();
        if (client.state() != Client::State::ready || client.has_unsent() || messages == 0) continue;
        if (publishers_[slot].window().room() < messages) continue;
        write_next(slot, std::chrono::steady_clock::now());
        make_sendable(slot);
    }
}

// Write k of the load belongs to publisher k modulo their number, whichever worker that is with.
void Worker::send_open_loop() {
    for (const std::uint64_t due = schedule_->due(now_); next_write_ < due; ++next_write_) {
        const auto publisher = static_cast<std::uint32_t>(next_write_ % plan_.publishers.count);
        if (publisher % plan_.threads != index_) continue;
        const std::uint32_t slot = publisher / plan_.threads;
        if (clients_[slot].state() == Client::State::ready) write_next(slot, schedule_->due_time(next_write_));
    }
}

void Worker::write_next(std::uint32_t slot, base::SteadyTime intended) {
    Publisher& publisher = publishers_[slot];
    const std::uint32_t messages = publisher.next_write();
    if (messages == 0) return;
    write_buffer_.clear();
    publisher.append(messages, intended, write_buffer_);
    totals_.sent += messages;
    clients_[slot].send(write_buffer_, *this);
    update_interest(clients_[slot]);
}

void Worker::give_up_if_stuck() {
    if (phase_ != Phase::running || schedule_ || now_ - last_movement_ < plan_.give_up_after) return;
    last_movement_ = now_;
    for (std::uint32_t slot = 0; slot < publishers_.size(); ++slot) {
        totals_.given_up += publishers_[slot].window().give_up();
        make_sendable(slot);
    }
}

void Worker::exchange_receipts() {
    if (plan_.threads == 1) return;
    for (std::uint32_t worker = 0; worker < plan_.threads; ++worker) {
        if (!receipts_[worker].empty()) board_.deliver(worker, receipts_[worker]);
    }
    board_.collect(index_, collected_);
    if (!collected_.empty()) last_movement_ = now_;
    for (const std::uint32_t publisher : collected_) message_settled(publisher);
}

std::chrono::nanoseconds Worker::longest_wait() const {
    using std::chrono::nanoseconds;
    if (may_start() || (phase_ == Phase::running && !sendable_.empty())) return nanoseconds(0);
    if (phase_ != Phase::running || !schedule_) return longest_sleep;
    const auto until_due = schedule_->due_time(next_write_) - std::chrono::steady_clock::now();
    return std::clamp<nanoseconds>(until_due, nanoseconds(0), longest_sleep);
}

void Worker::wait_and_handle() {
    std::array<epoll_event, events_at_once> events{};
    const timespec timeout{0, static_cast<long>(longest_wait().count())};
    const int count = ::epoll_pwait2(epoll_, events.data(), events_at_once, &timeout, nullptr);
    now_ = std::chrono::steady_clock::now();
    for (int i = 0; i < count; ++i) handle(events[static_cast<std::size_t>(i)]);
}

void Worker::handle(const epoll_event& event) {
    if (event.data.u32 == wake_slot) {
        std::uint64_t wakes = 0;
        [[maybe_unused]] const auto got = ::read(board_.wake_fd(index_), &wakes, sizeof(wakes));
        return;
    }
    Client& client = clients_[event.data.u32];
    if ((event.events & EPOLLOUT) != 0) client.writable(*this);
    if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && client.state() != Client::State::failed) {
        client.readable(scratch_, plan_, *this);
    }
    if (client.role() == Client::Role::publisher && client.state() == Client::State::ready && !client.has_unsent()) {
        if (watches_writing_[client.slot()]) make_sendable(client.slot());
    }
    update_interest(client);
}

void Worker::update_interest(Client& client) {
    const bool wanted = client.waits_for_room();
    if (client.fd() < 0 || watches_writing_[client.slot()] == wanted) return;
    watches_writing_[client.slot()] = wanted;
    epoll_event event{.events = EPOLLIN | (wanted ? EPOLLOUT : 0U), .data = {.u32 = client.slot()}};
    ::epoll_ctl(epoll_, EPOLL_CTL_MOD, client.fd(), &event);
}

}  // namespace muster::fleet
