// SPDX-License-Identifier: Apache-2.0
// Devices of the SDK, by the hundred.
#include "simulate/full_fleet.hpp"

#include "simulate/observer.hpp"
#include "simulate/outbox_place.hpp"
#include "simulate/shared_identity.hpp"
#include "simulate/way.hpp"

#include <algorithm>
#include <atomic>
#include <queue>
#include <utility>

namespace muster::fleet {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// A device whose disk is slow holds up those of its thread only.
constexpr std::uint32_t most_drivers = 8;
// A drain is looked at so often.
constexpr milliseconds look_every{20};

DeviceConfig config_of(const SimulationPlan& plan, std::uint32_t number) {
    const SimulatedIdentity& identity = plan.devices[number];
    DeviceConfig config = plan.config;
    config.endpoints = plan.endpoints;
    // The SDK begins at the first.
    const auto own = static_cast<std::ptrdiff_t>(number % plan.endpoints.size());
    std::rotate(config.endpoints.begin(), config.endpoints.begin() + own, config.endpoints.end());
    config.ca_file = plan.ca_file;
    config.identity_dir = identity.directory.empty() ? plan.shared_identity : identity.directory;
    if (!config.identity_dir.empty()) config.key_password.file = plan.key_password_file;
    config.client_id = identity.client_id;
    config.username = identity.username;
    config.password_file = identity.username.empty() ? std::filesystem::path() : plan.password_file;
    if (!plan.has_outbox_files) return config;
    config.outbox_path = plan.outbox_directory.empty() ? plan.directory / ("outbox-" + std::to_string(number))
                                                       : outbox_place(plan.outbox_directory, identity.client_id);
    return config;
}

// An outbox counts for as long as its file lives.
OutboxCounts since(const OutboxCounts& before, OutboxCounts now) {
    now.accepted -= before.accepted;
    now.delivered -= before.delivered;
    now.dropped_overflow -= before.dropped_overflow;
    now.dropped_rejected -= before.dropped_rejected;
    now.dropped_corrupt -= before.dropped_corrupt;
    now.dropped_stopped -= before.dropped_stopped;
    now.dropped_expired -= before.dropped_expired;
    now.dropped_superseded -= before.dropped_superseded;
    now.quarantined -= before.quarantined;
    return now;
}

}  // namespace

std::uint32_t FullFleet::drivers() const {
    return std::min(most_drivers, static_cast<std::uint32_t>(devices_.size()));
}

void FullFleet::for_all(const std::function<void(std::uint32_t)>& call) {
    std::atomic<std::uint32_t> next{0};
    std::vector<std::thread> threads;
    for (std::uint32_t thread = 0; thread < drivers(); ++thread) {
        threads.emplace_back([&] {
            for (std::uint32_t number = next++; number < devices_.size(); number = next++) call(number);
        });
    }
    for (auto& thread : threads) thread.join();
}

Result<void> FullFleet::open_device(std::uint32_t number) {
    DeviceConfig config = config_of(plan_, number);
    config.proxy = proxy_;
    if (gateway_) {
        config.proxy = {};
        config.proxy.url = gateway_->url(number);
    }
    auto device = Device::open(std::move(config));
    if (!device) return std::move(device).error().in("device " + plan_.devices[number].client_id);
    if (plan_.on_connection) (*device)->on_state(plan_.on_connection);
    devices_[number].before = (*device)->status().outbox;
    devices_[number].device = std::move(*device);
    devices_[number].feed.emplace(plan_, number);
    return {};
}

Result<std::unique_ptr<FullFleet>> FullFleet::open(const SimulationPlan& plan) {
    std::unique_ptr<FullFleet> fleet(new FullFleet(plan));
    // Each device opens it by itself.
    if (auto tried = open_shared_identity(plan); !tried) return std::move(tried).error();
    auto proxy = device_proxy_of(plan);
    if (!proxy) return std::move(proxy).error();
    fleet->proxy_ = std::move(*proxy);
    if (!plan.outages.empty()) {
        auto beyond = proxy_of(plan);
        if (!beyond) return std::move(beyond).error();
        auto gateway = Gateway::start(static_cast<std::uint32_t>(plan.devices.size()), std::move(*beyond));
        if (!gateway) return std::move(gateway).error();
        fleet->gateway_ = std::move(*gateway);
    }
    for (const auto& sensor : plan.sensors) fleet->classes_.push_back(class_of(plan.config, sensor));
    std::mutex mutex;
    std::optional<Error> failure;
    fleet->for_all([&](std::uint32_t number) {
        auto opened = fleet->open_device(number);
        const std::lock_guard lock(mutex);
        if (!opened && !failure) failure = std::move(opened).error();
    });
    if (failure) return std::move(*failure);
    return fleet;
}

FullFleet::~FullFleet() {
    end_feeding();
}

void FullFleet::begin(base::SteadyTime start, Gate& end) {
    for (std::uint32_t driver = 0; driver < drivers(); ++driver) {
        threads_.emplace_back([this, driver, start, &end] { drive(driver, start, end); });
    }
}

void FullFleet::end_feeding() {
    for (auto& thread : threads_) thread.join();
    threads_.clear();
}

void FullFleet::drive(std::uint32_t driver, base::SteadyTime start, Gate& end) {
    using Due = std::pair<nanoseconds, std::uint32_t>;
    std::priority_queue<Due, std::vector<Due>, std::greater<>> due;
    for (std::uint32_t number = driver; number < devices_.size(); number += drivers()) due.emplace(start_of(plan_, number), number);
    std::vector<bool> is_started(devices_.size());
    while (!due.empty()) {
        const auto [time, number] = due.top();
        if (end.wait_until(start + time)) return;
        due.pop();
        One& one = devices_[number];
        if (is_started[number]) {
            publish(one);
        } else {
            static_cast<void>(one.device->start());  // Cannot fail before `stop`.
            is_started[number] = true;
        }
        if (one.feed->next_time() != nanoseconds::max()) due.emplace(one.feed->next_time(), number);
    }
}

void FullFleet::publish(One& one) {
    SimulatedReading next = one.feed->take();
    const SimulatedSensor& sensor = plan_.sensors[next.sensor];
    Reading reading;
    reading.time = next.time;
    reading.sequence = next.sequence;
    reading.values = std::move(next.values);
    const auto receipt = one.device->publish(sensor.topic, reading);
    PublishCounts& counts = one.counts;
    ++counts.published;
    if (!receipt) {
        ++counts.refused;
        counts.refusals.add(receipt.error().code());
        return;
    }
    // What a rate holds is accepted later, without a receipt.
    const TopicClass& its_class = classes_[next.sensor];
    if (its_class.options.qos == Qos::at_most_once && (receipt->id > 0 || its_class.rate)) ++counts.unsafe;
}

void FullFleet::restore_all() {
    if (gateway_) gateway_->restore_all();
}

void FullFleet::drain(const std::function<bool()>& is_over) {
    for (auto& one : devices_) {
        while (!is_over()) {
            const auto drained = one.device->wait_drained(look_every);
            if (drained || drained.error().code() != Code::timeout) break;
        }
    }
}

void FullFleet::stop(milliseconds patience) {
    for_all([&](std::uint32_t number) {
        One& one = devices_[number];
        one.last = one.device->metrics();
        one.last.status = one.device->stop(patience);
    });
}

void FullFleet::add_to(SimulationInterval& interval) const {
    for (const auto& one : devices_) {
        const Status status = one.device->status();
        if (status.state == ConnectionState::connected || status.state == ConnectionState::degraded) ++interval.connected;
        interval.published += status.readings.taken;
        const OutboxCounts messages = since(one.before, status.outbox);
        interval.accepted += messages.accepted;
        interval.delivered += messages.delivered;
        interval.waiting += messages.waiting;
    }
}

SimulationAccount FullFleet::account(std::uint32_t device) const {
    const One& one = devices_[device];
    SimulationAccount account;
    account.published = one.counts.published;
    account.refused = one.counts.refused;
    account.unsafe = one.counts.unsafe;
    account.readings = one.last.status.readings;
    account.messages = since(one.before, one.last.status.outbox);
    account.carried_over = one.before.waiting;
    // Nobody knows of which QoS they were; where none is 0 they were not.
    const bool may_be_unsafe = std::any_of(classes_.begin(), classes_.end(),
                                           [](const TopicClass& one_class) { return one_class.options.qos == Qos::at_most_once; });
    if (may_be_unsafe) account.unsafe += account.carried_over;
    account.connects = one.last.status.connects;
    account.disconnects = one.last.status.disconnects;
    account.redelivered = one.last.status.redelivered;
    return account;
}

DeviceEnd FullFleet::end_of(std::uint32_t device) const {
    const One& one = devices_[device];
    return {one.counts.refusals, one.last.network.failed_attempts, one.last.network.lost_connections, one.last.status.last_error};
}

}  // namespace muster::fleet
