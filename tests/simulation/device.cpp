// SPDX-License-Identifier: Apache-2.0
// One device: the real session and the real outbox.
#include "device.hpp"

#include "machine_clock.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace muster::test {
namespace {

// As the device's engine has them.
constexpr milliseconds stop_grace{1'000};
constexpr std::chrono::seconds expire_every{30};

constexpr std::size_t window = 8;
constexpr std::size_t small_outbox = 30;
constexpr std::size_t outbox_bytes = 1'000'000;
constexpr std::size_t large_payload = 95;

OutboxLimits limits_for(bool is_small) {
    OutboxLimits limits;
    limits.max_messages = is_small ? small_outbox : 1'000'000;
    limits.max_bytes = is_small ? small_outbox * 40 : 1'000 * outbox_bytes;
    return limits;
}

}  // namespace

Device::Device(const Common& common, std::size_t number, std::size_t client_id)
    : common_(common),
      number_(number),
      client_id_(client_id),
      limits_(limits_for(common.climate.is_small_outbox)),
      classes_(policy::TopicClasses::make({}, {}).value()),
      pace_(draw_pace(common.world.chance)),
      overflow_(static_cast<Overflow>(common.world.chance.draw(static_cast<std::uint64_t>(Overflow::latest)))),
      is_durable_(common.world.chance.happens(70)),
      has_slow_disk_(common.world.chance.happens(common.climate.slow_disks)),
      ledger_(common.world, number, limits_),
      disk_(common.world, ledger_, number) {}

session::SessionConfig Device::session_config() const {
    session::SessionConfig config;
    config.endpoints = 2;
    config.backoff = common_.backoff;
    config.window = window;
    config.alone_from = limits_.quarantine_after - 1;
    return config;
}

std::unique_ptr<base::AgeClock> Device::make_clock() const {
    const bool is_wall_right = common_.climate.wall_jump_interval.count() == 0;
    return std::make_unique<MachineClock>(common_.world, boots_, on_since_, is_wall_right);
}

void Device::boot() {
    if (process_) return;
    if (!std::exchange(has_power_, true)) {
        ++boots_;
        on_since_ = common_.world.now();
    }
    auto opened = outbox::Outbox::open(is_durable_ ? disk_.path() : std::filesystem::path(), limits_, make_clock());
    require(opened.ok(), Promise::accounting, "an outbox cannot be opened");
    common_.world.note(number_, "boots", ++life_);
    const auto seed = common_.world.chance.draw(UINT64_MAX);
    process_ = std::make_unique<Process>(*this, seed, std::move(*opened), ReconnectJudge(common_.world, number_, common_.backoff));
    ledger_.begin_life(process_->outbox->counts(), disk_.tickets());
    subscribe("commands/#");
    process_->session.start(common_.world.now());
    turn();
}

void Device::crash(bool loses_power) {
    if (!process_) return;
    common_.world.note(number_, loses_power ? "loses power" : "is killed");
    if (process_->link) common_.network.abandon(process_->link, !loses_power);
    connects_ += process_->session.connects();
    process_.reset();
    ++life_;
    if (loses_power) has_power_ = false;
    disk_.crash(loses_power);
    ledger_.crashed(disk_.tickets(), loses_power);
    last_counts_ = OutboxCounts();
}

void Device::stop(milliseconds time) {
    if (!process_ || process_->is_stopping) return;
    common_.world.note(number_, "is asked to stop");
    const auto now = common_.world.now();
    process_->is_stopping = true;
    later_in_this_life(now + time + stop_grace + milliseconds(1),
                       [this] { require(process_->is_stopped, Promise::stop, "a stop lasts longer than its deadline and a second"); });
    process_->session.records_available(now);  // Batches that waited to become full.
    process_->session.stop(now, now + time, process_->outbox->counts().waiting > 0);
    turn();
}

void Device::publish(std::uint64_t count) {
    if (!process_ || process_->is_stopping) return;
    for (; count > 0; --count) publish_one();
    process_->session.records_available(common_.world.now());
    turn();
}

void Device::publish_one() {
    auto& chance = common_.world.chance;
    PublishOptions options;
    options.overflow = overflow_;
    options.durability = is_durable_ ? static_cast<Durability>(chance.draw(2)) : Durability::memory;
    const auto topic = chance.draw(Ledger::topics - 1);
    // One priority for each topic: between priorities there is no order.
    options.priority = static_cast<Priority>(topic);
    if (chance.happens(common_.climate.mortal)) options.time_to_live = std::chrono::seconds(chance.between(1, 600));
    const auto ticket = ledger_.offer(topic, options.durability, options.time_to_live);
    auto payload = std::to_string(ticket);
    if (chance.happens(common_.climate.large)) payload.resize(large_payload, ' ');
    Message message{"t" + std::to_string(topic), std::move(payload), Qos::at_least_once, false};
    const auto key = options.overflow == Overflow::latest ? message.topic.size() : 0;
    const auto bytes = message.topic.size() + message.payload.size() + key;
    const auto before = process_->outbox->counts();
    if (auto id = process_->outbox->accept(std::move(message), options); id) {
        ledger_.accepted(ticket);
        process_->pace.accepted(options.priority);
        common_.world.note(number_, "accepts", ticket);
    } else {
        ledger_.not_accepted(ticket);
        check_refusal(before, bytes, id.error());
    }
    const bool fitted = before.waiting < limits_.max_messages && before.waiting_bytes + bytes <= limits_.max_bytes;
    const bool has_dropped = process_->outbox->counts().dropped_overflow != before.dropped_overflow;
    const bool may_drop = overflow_ == Overflow::drop_oldest || overflow_ == Overflow::drop_lowest_priority;
    require(!has_dropped || (!fitted && may_drop), Promise::bounds, "something was dropped though there was room");
    check();
}

void Device::check_refusal(const OutboxCounts& before, std::uint64_t bytes, const Error& why) {
    const bool fitted = before.waiting < limits_.max_messages && before.waiting_bytes + bytes <= limits_.max_bytes;
    const bool disk_may_refuse = disk_.trouble() != Disk::Trouble::none && (why.code() == Code::io || why.code() == Code::no_space);
    require(disk_may_refuse || (why.code() == Code::full && !fitted), Promise::bounds, "something was refused though there was room");
}

void Device::subscribe(const std::string& filter) {
    if (!process_ || process_->is_stopping) return;
    process_->wanted.push_back(filter);
    process_->session.subscribe(filter, Qos::at_least_once, common_.world.now());
    if (life_ != 0 && process_->link) turn();
}

void Device::try_candidate() {
    if (!process_ || process_->is_stopping) return;
    process_->session.try_candidate(common_.world.now());
    turn();
}

bool Device::is_drained() const {
    return (process_ ? process_->outbox->counts() : last_counts_).waiting == 0;
}

void Device::check_drained() {
    require(is_drained(), Promise::drain, "something accepted was not delivered in good weather");
    ledger_.check_drained(process_ ? process_->outbox->counts() : last_counts_);
}

// Events.

void Device::up(LinkNumber link, const Welcome& welcome) {
    transport::LinkUp up;
    up.receive_maximum = welcome.receive_maximum;
    up.maximum_packet_size = welcome.maximum_packet_size;
    up.server_keep_alive = welcome.server_keep_alive;
    process_->session.link_up(link, up, common_.world.now());
    turn();
}

void Device::down(LinkNumber link, const Parting& parting) {
    transport::LinkDown down{Error{parting.why, "lost"}};
    if (parting.retry_after.count() > 0) down.retry_after = parting.retry_after;
    process_->hint = parting.retry_after;
    process_->session.link_down(link, down, common_.world.now());
    turn();
    if (process_) process_->hint = {};
}

void Device::answered(LinkNumber link, PacketId id, Ticket /*ticket*/, const Result<void>& outcome) {
    process_->session.sent(link, id, outcome, common_.world.now());
    turn();
}

void Device::subscribed(LinkNumber link, const std::vector<Result<void>>& outcomes) {
    process_->session.subscribed(link, outcomes, common_.world.now());
    turn();
}

// The loop.

void Device::turn() {
    auto& session = process_->session;
    const auto now = common_.world.now();
    session.tick(now);
    if (process_->fetch_again_at && now >= *process_->fetch_again_at) {
        process_->fetch_again_at.reset();
        session.records_available(now);
    }
    if (now >= process_->expire_at) {
        process_->expire_at = now + expire_every;
        on_storage([](outbox::Outbox& outbox) { return outbox.expire(); });
    }
    for (auto actions = session.take_actions(); !actions.empty(); actions = session.take_actions()) {
        for (const auto& action : actions) std::visit([this](const auto& what) { carry_out(what); }, action);
    }
    check();
    plan_tick();
}

void Device::plan_tick() {
    auto next = process_->session.next_deadline();
    if (!process_->is_stopped) next = std::min(next.value_or(process_->expire_at), process_->expire_at);
    if (process_->fetch_again_at) next = next ? std::min(*next, *process_->fetch_again_at) : *process_->fetch_again_at;
    if (process_->is_stopped) require(!process_->session.next_deadline(), Promise::stop, "a stopped session wants something");
    if (next == process_->tick_at) return;
    process_->tick_at = next;
    if (!next) return;
    later_in_this_life(*next, [this, planned = *next] {
        if (process_->tick_at != planned) return;
        process_->tick_at.reset();
        turn();
    });
}

void Device::check() {
    ledger_.check(process_->outbox->counts());
}

void Device::later_in_this_life(SteadyTime time, std::function<void()> what) {
    common_.world.timeline.at(time, [this, life = life_, happens = std::move(what)] {
        if (process_ && life == life_) happens();
    });
}

// The transport.

void Device::carry_out(const session::OpenLink& action) {
    auto& link = process_->link;
    require(!link || link->is_down || link->is_asked_to_close, Promise::link, "two links are open at once");
    process_->is_on_trial = action.is_trial;
    process_->reconnects.opened(action.is_trial);
    process_->pace.opened();
    common_.storm.attempt(number_, common_.world.now());
    link = std::make_shared<Link>();
    link->port = process_->port;
    link->ledger = &ledger_;
    link->device = number_;
    link->client_id = client_id_;
    link->number = action.link;
    link->endpoint = action.endpoint;
    link->keep_alive = action.keep_alive;
    link->window = window;
    link->least_pause = common_.backoff.base;
    link->unanswered.insert(process_->wanted.begin(), process_->wanted.end());
    common_.network.open(link);
}

void Device::carry_out(const session::CloseLink& action) {
    require(process_->link && process_->link->number == action.link, Promise::link, "a link is closed that is not the current one");
    common_.network.close(process_->link);
}

void Device::carry_out(const session::Subscribe& action) {
    std::vector<std::string> filters;
    for (const auto& subscription : action.subscriptions) filters.push_back(subscription.filter);
    common_.network.subscribe(process_->link, filters);
}

void Device::carry_out(const session::Send& action) {
    // A stop does not wait for it.
    const bool is_in_time = process_->pace.sent(action.record.priority, common_.world.now()) || process_->is_stopping;
    require(is_in_time, Promise::pace, "a backlog is sent faster than it may");
    ledger_.sent_as(ticket_of(action.record), action.record.message_id);
    common_.network.send(process_->link, {action.record.id, ticket_of(action.record), action.record.bytes()});
}

// The application.

void Device::carry_out(const session::Report& action) {
    if (action.state == ConnectionState::connected) process_->reconnects.connected();
    if (action.state == ConnectionState::waiting || action.state == ConnectionState::refused) {
        require(action.why.has_value(), Promise::backoff, "a wait is reported without its reason");
        process_->reconnects.ended(action.why ? action.why->code() : Code::internal, std::exchange(process_->hint, {}));
    }
    const bool is_of_a_stop = action.state == ConnectionState::draining || action.state == ConnectionState::stopped;
    require(!process_->is_stopping || is_of_a_stop, Promise::stop, "a stopping session reports something else");
}

void Device::carry_out(const session::TrialEnded& action) {
    require(std::exchange(process_->is_on_trial, false), Promise::link, "a trial ends that is not under way");
    // One that was good may be left at once, for the next candidate or for a stop.
    require(!action.why || !process_->session.is_up(), Promise::link, "a trial is bad with a connection");
    require(action.why || process_->link->is_up, Promise::link, "a trial is good without a connection");
    ++trials_;
}

void Device::carry_out(const session::Stopped& /*action*/) {
    process_->is_stopped = true;
    // What the storage thread still has is carried out first.
    later_in_this_life(std::max(process_->storage_is_free, common_.world.now()), [this] { close(); });
}

void Device::close() {
    require(process_->session.take_actions().empty(), Promise::stop, "a stopped session wants something");
    if (process_->link) common_.network.abandon(process_->link, true);
    const auto closed = process_->outbox->close();
    last_counts_ = process_->outbox->counts();
    connects_ += process_->session.connects();
    process_.reset();
    common_.world.note(number_, "is stopped");
    ++life_;
    if (closed) return ledger_.closed(last_counts_);
    disk_.crash(false);
    ledger_.crashed(disk_.tickets(), false);
}

}  // namespace muster::test
