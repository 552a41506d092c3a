// SPDX-License-Identifier: Apache-2.0
// The loop of one thread: phases, timers, messages that are due.
#include "bench/worker.hpp"

#include "client/http_note.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

namespace muster::fleet {
namespace {

using std::chrono::nanoseconds;

constexpr std::size_t scratch_bytes = 256U << 10U;
constexpr int events_at_once = 512;
constexpr std::uint32_t wake_slot = UINT32_MAX;
constexpr std::chrono::milliseconds longest_sleep{100};
// Counts are posted so often at most: each time the thread that waits for them is woken.
constexpr std::chrono::milliseconds report_every{20};
// Of a storm: few enough that the first answers are read while the last connections begin.
constexpr int starts_per_turn = 128;
// What a client may have written that its socket has not taken; more is backlog.
constexpr std::size_t max_unsent_bytes = 256U << 10U;

std::uint32_t share_of(std::uint32_t all, std::uint32_t worker, std::uint32_t workers) {
    return all / workers + (worker < all % workers ? 1 : 0);
}

}  // namespace

BenchWorker::BenchWorker(const BenchSetup& setup, std::uint32_t index, BenchControl& control)
    : setup_(setup),
      index_(index),
      control_(control),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      receivers_(share_of(setup.layout.receivers(), index, setup.threads)),
      timers_(receivers_ + share_of(setup.layout.senders(), index, setup.threads)),
      scratch_(scratch_bytes, '\0') {
    MUSTER_REQUIRE(epoll_ >= 0);
    findings_.nodes.resize(setup.nodes.size());
    findings_.first_failures.resize(setup.nodes.size());
    const Layout& layout = setup.layout;
    for (std::uint32_t number = index; number < layout.receivers(); number += setup.threads) {
        add_client(layout.receiver(number), number, true);
        clients_.back().ledger = std::make_unique<Ledger>(layout.publishers());
    }
    for (std::uint32_t number = index; number < layout.senders(); number += setup.threads) {
        add_client(layout.sender(number), number, false);
        if (layout.is_end_to_end() && !layout.hears_all()) clients_.back().ledger = std::make_unique<Ledger>(1);
    }
    epoll_event event{.events = EPOLLIN, .data = {.u32 = wake_slot}};
    MUSTER_REQUIRE(::epoll_ctl(epoll_, EPOLL_CTL_ADD, control.wake_fd(index), &event) == 0);
}

void BenchWorker::add_client(const SessionNames& names, std::uint32_t number, bool is_receiver) {
    BenchClient& client = clients_.emplace_back(setup_.session, names, number, is_receiver);
    client.node = number_of(client) % static_cast<std::uint32_t>(setup_.nodes.size());
    make_websocket(client);
}

void BenchWorker::make_websocket(BenchClient& client) {
    if (!setup_.is_websocket) return;
    client.websocket = std::make_unique<transport::WebSocketClient>(node_of(client).endpoint, masks_, http_observer(observer_of(client)));
}

MqttObserver BenchWorker::observer_of(const BenchClient& client) const {
    if (!setup_.plan.observer) return nullptr;
    return [this, id = client.session.names().client_id](const MqttPacket& note) { setup_.plan.observer(id, note); };
}

std::uint32_t BenchWorker::number_of(const BenchClient& client) const {
    return client.number + (client.is_receiver ? 0 : setup_.layout.receivers());
}

BenchWorker::~BenchWorker() {
    ::close(epoll_);
}

Result<std::unique_ptr<BenchWorker>> BenchWorker::make(const BenchSetup& setup, std::uint32_t index, BenchControl& control) {
    std::unique_ptr<BenchWorker> worker(new BenchWorker(setup, index, control));
    if (!setup.tls) return worker;
    auto tls = TlsClients::make(*setup.tls, static_cast<std::uint32_t>(worker->clients_.size()));
    if (!tls) return std::move(tls).error();
    worker->tls_ = std::move(*tls);
    return worker;
}

void BenchWorker::run() {
    while (true) {
        now_ = std::chrono::steady_clock::now();
        const BenchPhase phase = control_.phase();
        const bool is_new = phase != phase_;
        if (is_new) enter(phase);
        if (phase_ == BenchPhase::stopped) break;
        run_timers();
        start_clients();
        send_due();
        flush_written();
        report(is_new);
        wait_and_handle();
    }
    for (auto& client : clients_) {
        if (client.stands) ++findings_.nodes[client.node].clients;
        client.stream.close();
    }
    tally_.standing = 0;
    control_.post(index_, tally_);
}

void BenchWorker::enter(BenchPhase phase) {
    phase_ = phase;
    phase_start_ = control_.phase_start();
    tally_.phase = phase;
    if (phase == BenchPhase::connecting_receivers) begin_connecting(0, receivers_);
    if (phase == BenchPhase::connecting_senders) begin_connecting(receivers_, clients_.size());
    if (phase == BenchPhase::reconnecting) begin_connecting(0, clients_.size());
    if (phase == BenchPhase::cutting) cut_all();
    if (phase == BenchPhase::returning) plan_returns();
    if (phase == BenchPhase::sending) begin_sending();
}

void BenchWorker::begin_connecting(std::size_t first, std::size_t last) {
    first_to_start_ = next_to_start_ = first;
    last_to_start_ = last;
    tally_.settled = 0;
    tally_.attempts = 0;
    for (auto& client : clients_) {
        client.has_settled = false;
        client.tried = 0;
    }
}

void BenchWorker::begin_sending() {
    measured_from_ = phase_start_ + setup_.plan.warm_up;
    if (setup_.layout.publishers() == 0) return;
    turn_ = setup_.plan.precise ? least_turn : turn_of(setup_.plan.rate, setup_.layout.publishers(), setup_.threads);
    schedule_.emplace(
        SendSchedule::Shape{phase_start_, setup_.plan.rate, setup_.layout.publishers(), setup_.total_messages, index_, setup_.threads});
}

void BenchWorker::cut_all() {
    for (auto& client : clients_) {
        if (std::exchange(client.stands, false)) --tally_.standing;
        client.close();
        client.has_settled = false;
    }
    connecting_ = 0;
    tally_.settled = 0;
    tally_.attempts = 0;
}

void BenchWorker::plan_returns() {
    for (std::uint32_t slot = 0; slot < clients_.size(); ++slot) {
        clients_[slot].retry_at = phase_start_ + clients_[slot].comeback.first_delay(setup_.plan.comeback, random_);
        arm(slot);
    }
}

// Connection k of the run's group begins k / rate after the phase.
void BenchWorker::start_clients() {
    const std::uint32_t at_once = std::max(setup_.plan.connecting_at_once / setup_.threads, 1U);
    for (int started = 0; started < starts_per_turn && next_to_start_ < last_to_start_ && connecting_ < at_once; ++started) {
        if (setup_.plan.connect_rate > 0) {
            const auto number = static_cast<double>((next_to_start_ - first_to_start_) * setup_.threads + index_);
            const auto due = phase_start_ + nanoseconds(static_cast<std::int64_t>(number * 1e9 / setup_.plan.connect_rate));
            if (due > now_) return timers_.arm(static_cast<std::uint32_t>(next_to_start_), due);
        }
        start(static_cast<std::uint32_t>(next_to_start_++));
    }
}

void BenchWorker::arm(std::uint32_t slot) {
    const BenchClient& client = clients_[slot];
    timers_.arm(slot, client.session.state() == ClientSession::State::idle ? client.retry_at : client.session.deadline());
}

void BenchWorker::run_timers() {
    for (int started = 0; started < starts_per_turn;) {
        const auto slot = timers_.pop(now_);
        if (!slot) return;
        BenchClient& client = clients_[*slot];
        if (client.session.state() != ClientSession::State::idle) {
            step(*slot, [&] { client.session.tick({now_, client.unsent, *this}); });
        } else if (client.retry_at <= now_) {
            start(*slot);
            ++started;
        }
        arm(*slot);
    }
}

void BenchWorker::send_due() {
    if (!schedule_ || phase_ != BenchPhase::sending) return;
    while (const auto message = schedule_->next_due(now_)) {
        const auto slot = static_cast<std::uint32_t>(receivers_ + message->slot);
        clients_[slot].due = message->sequence + 1;
        ++tally_.backlog;
        send_backlog(slot);
    }
    tally_.scheduled_out = schedule_->next_time() ? 0 : 1;
}

void BenchWorker::send_backlog(std::uint32_t slot) {
    BenchClient& client = clients_[slot];
    while (client.session.next_sequence() < client.due && client.session.may_publish() && client.unsent.size() < max_unsent_bytes) {
        const auto intended = schedule_->intended(static_cast<std::uint32_t>(slot - receivers_), client.session.next_sequence());
        client.session.publish(intended, now_, client.unsent);
        --tally_.backlog;
        ++tally_.messages.sent;
        if (now_ - intended > setup_.plan.late_after) ++tally_.messages.late;
        if (setup_.plan.qos == Qos::at_most_once && !setup_.layout.is_end_to_end()) record_latency(intended);
    }
    if (client.has_output() && !client.is_to_flush) {
        client.is_to_flush = true;
        to_flush_.push_back(slot);
    }
}

// What a turn has written for one client goes out at once, messages and acknowledgements alike.
void BenchWorker::flush_written() {
    flushing_.swap(to_flush_);
    for (const std::uint32_t slot : flushing_) {
        clients_[slot].is_to_flush = false;
        write(slot);
    }
    flushing_.clear();
}

void BenchWorker::record_latency(base::SteadyTime intended) {
    if (intended < measured_from_) return;
    findings_.latency.record(now_ - intended);
    interval_latency_.record(now_ - intended);
}

void BenchWorker::report(bool is_changed) {
    if (const std::uint32_t interval = control_.interval(); interval != interval_) {
        interval_ = interval;
        last_report_ = now_;
        control_.hand_in(index_, tally_, interval_latency_);
        interval_latency_ = Histogram();
    } else if (is_changed || now_ - last_report_ >= report_every) {
        last_report_ = now_;
        control_.post(index_, tally_);
    }
}

nanoseconds BenchWorker::longest_wait() const {
    if (!to_flush_.empty()) return nanoseconds(0);
    // Something is going on, so the counts change: they are posted soon.
    const bool is_busy = now_ - last_report_ < report_every;
    nanoseconds wait = is_busy ? nanoseconds(report_every) : nanoseconds(longest_sleep);
    const auto now = std::chrono::steady_clock::now();
    if (timers_.next() != base::SteadyTime::max()) wait = std::min(wait, std::max<nanoseconds>(timers_.next() - now, nanoseconds(0)));
    if (!schedule_ || phase_ != BenchPhase::sending) return wait;
    if (takes_turns()) return std::min(wait, turn_);
    if (const auto next = schedule_->next_time()) wait = std::min(wait, std::max(nanoseconds(*next - now), turn_));
    return wait;
}

bool BenchWorker::takes_turns() const {
    return phase_ == BenchPhase::sending && turn_ > least_turn;
}

void BenchWorker::wait_and_handle() {
    std::array<epoll_event, events_at_once> events{};
    timespec timeout{0, static_cast<long>(longest_wait().count())};
    if (takes_turns()) std::this_thread::sleep_for(nanoseconds(std::exchange(timeout.tv_nsec, 0)));
    for (int count = events_at_once; count == events_at_once; timeout.tv_nsec = 0) {
        count = ::epoll_pwait2(epoll_, events.data(), events_at_once, &timeout, nullptr);
        now_ = std::chrono::steady_clock::now();
        for (int i = 0; i < count; ++i) handle(events[static_cast<std::size_t>(i)]);
    }
    flush_written();
}

}  // namespace muster::fleet
