// SPDX-License-Identifier: Apache-2.0
// The loop of a thread of light devices: orders, timers, readings.
#include "simulate/light_worker.hpp"

#include "client/http_note.hpp"
#include "simulate/observer.hpp"

#include <muster/telemetry.hpp>

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace muster::fleet {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr std::size_t scratch_bytes = 256U << 10U;
constexpr int events_at_once = 512;
constexpr std::uint32_t wake_slot = UINT32_MAX;
constexpr milliseconds longest_sleep{100};
constexpr milliseconds report_every{50};
constexpr milliseconds goodbye_step{20};
constexpr int timers_per_turn = 512;

// As the SDK puts the root before it.
std::string topic_of(const LightSetup& setup, const std::string& client_id, const std::string& topic) {
    const std::string& root = setup.plan.config.topic_root;
    return (root.empty() ? "" : for_client(root, client_id) + "/") + topic;
}

SessionNames names_of(const LightSetup& setup, std::uint32_t number) {
    const SimulatedIdentity& identity = setup.plan.devices[number];
    SessionNames names{identity.client_id, identity.username, identity.username.empty() ? "" : setup.password, "", "", std::nullopt};
    if (const auto& will = setup.session.greeting.will) names.will = {topic_of(setup, identity.client_id, will->topic), will->payload};
    return names;
}

std::size_t share_of(const LightSetup& setup, std::uint32_t index) {
    return (setup.plan.devices.size() + setup.threads - 1 - index) / setup.threads;
}

}  // namespace

LightWorker::One::One(const LightSetup& setup, std::uint32_t number)
    : client(setup.session, names_of(setup, number), number, false), queue(setup.plan.config.outbox.max_messages) {
    if (!setup.are_rivals) feed.emplace(setup.plan, number);
}

LightWorker::LightWorker(const LightSetup& setup, std::uint32_t index)
    : setup_(setup),
      index_(index),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      watched_(share_of(setup, index)),
      timers_(share_of(setup, index)),
      scratch_(scratch_bytes, '\0') {
    MUSTER_REQUIRE(epoll_ >= 0 && wake_ >= 0);
    devices_.reserve(share_of(setup, index));
    for (auto number = index; number < setup.plan.devices.size(); number += setup.threads) {
        One& one = devices_.emplace_back(setup, number);
        one.client.node = number % static_cast<std::uint32_t>(setup.nodes.size());
        make_websocket(one);
    }
    epoll_event event{.events = EPOLLIN, .data = {.u32 = wake_slot}};
    MUSTER_REQUIRE(::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) == 0);
}

void LightWorker::make_websocket(One& one) {
    if (!node_of(one).endpoint.is_websocket()) return;
    one.client.websocket = std::make_unique<transport::WebSocketClient>(node_of(one).endpoint, random_, http_observer(observer_of(one)));
}

MqttObserver LightWorker::observer_of(const One& one) const {
    const BenchObserver& observer = setup_.session.observer;
    if (!observer) return {};
    return [&observer, &one](const MqttPacket& packet) { observer(one.client.session.names().client_id, packet); };
}

LightWorker::~LightWorker() {
    ::close(epoll_);
    ::close(wake_);
}

Result<std::unique_ptr<LightWorker>> LightWorker::make(const LightSetup& setup, std::uint32_t index) {
    std::unique_ptr<LightWorker> worker(new LightWorker(setup, index));
    if (!setup.tls) return worker;
    auto tls = TlsClients::make(*setup.tls, static_cast<std::uint32_t>(worker->devices_.size()));
    if (!tls) return std::move(tls).error();
    worker->tls_ = std::move(*tls);
    return worker;
}

void LightWorker::post(const std::vector<LightOrder>& orders) {
    {
        const std::lock_guard lock(mutex_);
        orders_.insert(orders_.end(), orders.begin(), orders.end());
    }
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof(one));
}

void LightWorker::stop(milliseconds patience) {
    patience_ = patience;
    is_over_ = true;
    post({});
}

LightTally LightWorker::tally() const {
    const std::lock_guard lock(mutex_);
    return tally_;
}

void LightWorker::run() {
    std::array<epoll_event, events_at_once> events{};
    while (!is_over_) {
        now_ = std::chrono::steady_clock::now();
        take_orders();
        run_timers();
        report();
        const auto now = std::chrono::steady_clock::now();
        const nanoseconds wait = std::clamp<nanoseconds>(timers_.next() - now, nanoseconds(0), longest_sleep);
        const timespec timeout{0, static_cast<long>(wait.count())};
        const int count = ::epoll_pwait2(epoll_, events.data(), events_at_once, &timeout, nullptr);
        now_ = std::chrono::steady_clock::now();
        for (int i = 0; i < count; ++i) handle(events[static_cast<std::size_t>(i)]);
    }
    leave();
}

// A rival is cut off, as it always is.
void LightWorker::say_goodbye(One& one) {
    if (!one.client.stands || one.silences > 0 || setup_.are_rivals) return one.client.stream.close();
    one.client.session.say_goodbye(one.client.unsent);
    if (flush(one.client)) one.client.stream.close();
}

// The reset that our own end of a connection is could come before the goodbye is read.
void LightWorker::leave() {
    for (auto& one : devices_) say_goodbye(one);
    const auto is_open = [](const One& one) { return one.client.stream.is_open(); };
    const auto until = std::chrono::steady_clock::now() + patience_.load();
    std::array<epoll_event, events_at_once> events{};
    while (std::any_of(devices_.begin(), devices_.end(), is_open) && std::chrono::steady_clock::now() < until) {
        const int count = ::epoll_wait(epoll_, events.data(), events_at_once, static_cast<int>(goodbye_step.count()));
        for (int i = 0; i < count; ++i) {
            const std::uint32_t slot = events[static_cast<std::size_t>(i)].data.u32;
            if (slot == wake_slot) {
                handle(events[static_cast<std::size_t>(i)]);
                continue;
            }
            Stream& stream = devices_[slot].client.stream;
            if (stream.is_open() && stream.read(scratch_.data(), scratch_.size()).is_closed) stream.close();
        }
    }
    for (auto& one : devices_) one.client.stream.close();
}

void LightWorker::take_orders() {
    std::vector<LightOrder> orders;
    {
        const std::lock_guard lock(mutex_);
        orders.swap(orders_);
    }
    for (const auto& order : orders) obey(order);
}

void LightWorker::obey(const LightOrder& order) {
    const std::uint32_t slot = order.device / setup_.threads;
    switch (order.kind) {
        case LightOrder::Kind::begin:
            started_ = now_;
            for (std::uint32_t each = 0; each < devices_.size(); ++each) {
                devices_[each].is_wanted = devices_[each].is_fed = true;
                devices_[each].client.retry_at = started_ + start_of(setup_.plan, devices_[each].client.number);
                arm(each);
            }
            return;
        case LightOrder::Kind::end_feeding:
            for (auto& one : devices_) one.is_fed = false;
            has_ended_feeding_ = true;
            last_report_ = {};
            return;
        case LightOrder::Kind::cut:
            return cut(slot, order.flag);
        case LightOrder::Kind::restore:
            --(order.flag ? devices_[slot].silences : devices_[slot].resets);
            return watch(slot);
        case LightOrder::Kind::restore_all:
            for (std::uint32_t each = 0; each < devices_.size(); ++each) {
                devices_[each].resets = devices_[each].silences = 0;
                watch(each);
            }
            return;
        case LightOrder::Kind::appear:
            devices_[slot].is_wanted = true;
            devices_[slot].comes_back = order.flag;
            devices_[slot].client.retry_at = now_;
            return arm(slot);
        case LightOrder::Kind::leave:
            devices_[slot].is_wanted = false;
            if (devices_[slot].client.session.state() != ClientSession::State::idle) end(slot, {Code::stopped, "it has left"});
            return;
    }
}

void LightWorker::cut(std::uint32_t slot, bool is_silent) {
    One& one = devices_[slot];
    ++(is_silent ? one.silences : one.resets);
    if (is_silent) return watch(slot);
    if (one.client.stream.is_open()) end(slot, {Code::unreachable, "the simulated network was lost"});
}

base::SteadyTime LightWorker::next_due(const One& one) const {
    const ClientSession& session = one.client.session;
    const bool is_idle = session.state() == ClientSession::State::idle;
    base::SteadyTime due = is_idle ? one.client.retry_at : session.deadline();
    if (one.is_fed && one.feed && one.feed->next_time() != nanoseconds::max()) due = std::min(due, started_ + one.feed->next_time());
    return due;
}

void LightWorker::arm(std::uint32_t slot) {
    timers_.arm(slot, next_due(devices_[slot]));
}

void LightWorker::run_timers() {
    for (int turn = 0; turn < timers_per_turn; ++turn) {
        const auto slot = timers_.pop(now_);
        if (!slot) return;
        One& one = devices_[*slot];
        feed(one);
        send_waiting(*slot);
        if (one.client.session.state() != ClientSession::State::idle) {
            step(*slot, [&] { one.client.session.tick({now_, one.client.unsent, *this}); });
        } else if (one.is_wanted && one.client.retry_at <= now_) {
            start(*slot);
        }
        arm(*slot);
    }
}

void LightWorker::feed(One& one) {
    while (one.is_fed && one.feed && one.feed->next_time() != nanoseconds::max() && started_ + one.feed->next_time() <= now_) {
        SimulatedReading next = one.feed->take();
        const TopicClass& its_class = setup_.classes[next.sensor];
        Reading reading;
        reading.time = next.time;
        reading.sequence = next.sequence;
        reading.values = std::move(next.values);
        ++one.published;
        const bool is_accepted = one.queue.accept(
            {.sensor = next.sensor, .payload = encode_readings({reading}, its_class.encoding), .qos = its_class.options.qos},
            its_class.options.overflow);
        if (!is_accepted) ++one.refused;
        if (is_accepted && its_class.options.qos == Qos::at_most_once) ++one.unsafe;
    }
}

void LightWorker::send_waiting(std::uint32_t slot) {
    One& one = devices_[slot];
    if (one.silences > 0) return;
    bool has_written = false;
    while (one.client.session.may_send()) {
        LightMessage* const message = one.queue.next();
        if (message == nullptr) break;
        const SimulatedSensor& sensor = setup_.plan.sensors[message->sensor];
        const std::string topic = topic_of(setup_, one.client.session.names().client_id, sensor.topic);
        wire::Publish publish;
        publish.qos = message->qos;
        publish.topic = topic;
        publish.payload = message->payload;
        publish.properties = setup_.publish;
        one.queue.note_sent(one.client.session.send(publish, now_, one.client.unsent));
        has_written = true;
    }
    if (has_written) write(slot);
}

void LightWorker::report() {
    if (now_ - last_report_ < report_every) return;
    last_report_ = now_;
    LightTally tally;
    tally.connected = standing_;
    tally.has_ended_feeding = has_ended_feeding_;
    for (const auto& one : devices_) {
        const OutboxCounts counts = one.queue.counts();
        tally.published += one.published;
        tally.accepted += counts.accepted;
        tally.delivered += counts.delivered;
        tally.waiting += counts.waiting;
    }
    const std::lock_guard lock(mutex_);
    tally_ = tally;
}

}  // namespace muster::fleet
