// SPDX-License-Identifier: Apache-2.0
// Workers with light devices, and what is told to them.
#include "simulate/light_fleet.hpp"

#include "client/properties.hpp"
#include "simulate/light_way.hpp"
#include "simulate/observer.hpp"
#include "simulate/shared_identity.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace muster::fleet {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds look_every{20};

BenchObserver packets_of(const SimulationPlan& plan, bool are_rivals) {
    if (!plan.on_packet || !are_rivals) return plan.on_packet;
    return [&plan](std::string_view client_id, const MqttPacket& packet) {
        MqttPacket told = packet;
        told.fields.push_back({"rival", "1"});
        plan.on_packet(client_id, told);
    };
}

}  // namespace

Result<void> LightFleet::prepare(LightRole role) {
    const SimulationPlan& plan = setup_.plan;
    auto nodes = nodes_of(plan);
    if (!nodes) return std::move(nodes).error();
    setup_.nodes = std::move(*nodes);
    auto proxy = proxy_of(plan);
    if (!proxy) return std::move(proxy).error();
    setup_.proxy = std::move(*proxy);
    if (setup_.nodes.front().endpoint.is_tls()) {
        auto tls = light_tls_of(plan);
        if (!tls) return std::move(tls).error();
        setup_.tls = std::move(*tls);
    }
    auto password = first_line_of(plan.password_file);
    if (!password) return std::move(password).error();
    setup_.password = std::move(*password);
    const DeviceConfig& config = plan.config;
    setup_.session.version = config.protocol == Protocol::mqtt5 ? wire::Version::v5 : wire::Version::v311;
    setup_.session.keep_alive = config.keep_alive;
    setup_.session.connect_timeout = config.connect_timeout;
    setup_.session.in_flight = config.window;
    // Rivals take names and nothing else.
    if (!role.are_rivals) {
        setup_.session.greeting = light_greeting_of(config, plan.light);
        setup_.session.goodbye = plan.light.disconnect;
        setup_.publish = view_of(setup_.session.greeting.publish, wire::PropertyPlace::publish);
    }
    setup_.session.observer = packets_of(plan, role.are_rivals);
    setup_.comeback = {true, config.backoff.first_attempt, config.backoff.base, config.backoff.cap};
    for (const auto& sensor : plan.sensors) setup_.classes.push_back(class_of(plan.config, sensor));
    setup_.are_rivals = role.are_rivals;
    setup_.first_source = role.first_source;
    const auto devices = static_cast<std::uint32_t>(plan.devices.size());
    setup_.threads = role.are_rivals ? 1 : std::clamp(std::thread::hardware_concurrency(), 1U, devices);
    return {};
}

Result<std::unique_ptr<LightFleet>> LightFleet::open(const SimulationPlan& plan, LightRole role) {
    std::unique_ptr<LightFleet> fleet(new LightFleet(plan));
    if (auto prepared = fleet->prepare(role); !prepared) return std::move(prepared).error();
    for (std::uint32_t index = 0; index < fleet->setup_.threads; ++index) {
        auto worker = LightWorker::make(fleet->setup_, index);
        if (!worker) return std::move(worker).error();
        fleet->workers_.push_back(std::move(*worker));
    }
    for (auto& worker : fleet->workers_) fleet->threads_.emplace_back([&worker = *worker] { worker.run(); });
    return fleet;
}

LightFleet::~LightFleet() {
    stop(milliseconds(0));
}

void LightFleet::order_all(LightOrder::Kind kind) {
    for (auto& worker : workers_) worker->post({{kind}});
}

void LightFleet::order(LightOrder::Kind kind, const std::vector<std::uint32_t>& devices, bool flag) {
    std::vector<std::vector<LightOrder>> orders(workers_.size());
    for (const auto device : devices) orders[device % workers_.size()].push_back({kind, device, flag});
    for (std::size_t index = 0; index < workers_.size(); ++index) workers_[index]->post(orders[index]);
}

void LightFleet::begin(base::SteadyTime /*start*/, Gate& /*end*/) {
    order_all(LightOrder::Kind::begin);
}

void LightFleet::end_feeding() {
    order_all(LightOrder::Kind::end_feeding);
    Gate never;
    while (!tally().has_ended_feeding) never.wait_until(std::chrono::steady_clock::now() + look_every);
}

void LightFleet::cut(const std::vector<std::uint32_t>& devices, bool is_silent) {
    order(LightOrder::Kind::cut, devices, is_silent);
}

void LightFleet::restore(const std::vector<std::uint32_t>& devices, bool is_silent) {
    order(LightOrder::Kind::restore, devices, is_silent);
}

void LightFleet::restore_all() {
    order_all(LightOrder::Kind::restore_all);
}

void LightFleet::appear(const std::vector<std::uint32_t>& devices, bool come_back) {
    order(LightOrder::Kind::appear, devices, come_back);
}

void LightFleet::leave(const std::vector<std::uint32_t>& devices) {
    order(LightOrder::Kind::leave, devices, false);
}

void LightFleet::drain(const std::function<bool()>& is_over) {
    Gate never;
    while (!is_over() && tally().waiting > 0) never.wait_until(std::chrono::steady_clock::now() + look_every);
}

void LightFleet::stop(milliseconds patience) {
    for (auto& worker : workers_) worker->stop(patience);
    for (auto& thread : threads_) thread.join();
    threads_.clear();
}

LightTally LightFleet::tally() const {
    LightTally sum;
    sum.has_ended_feeding = true;
    for (const auto& worker : workers_) {
        const LightTally one = worker->tally();
        sum.connected += one.connected;
        sum.published += one.published;
        sum.accepted += one.accepted;
        sum.delivered += one.delivered;
        sum.waiting += one.waiting;
        sum.has_ended_feeding = sum.has_ended_feeding && one.has_ended_feeding;
    }
    return sum;
}

void LightFleet::add_to(SimulationInterval& interval) const {
    const LightTally sum = tally();
    interval.connected += sum.connected;
    interval.published += sum.published;
    interval.accepted += sum.accepted;
    interval.delivered += sum.delivered;
    interval.waiting += sum.waiting;
}

SimulationAccount LightFleet::account(std::uint32_t device) const {
    const auto& one = workers_[device % workers_.size()]->device(device);
    SimulationAccount account;
    account.published = one.published;
    account.refused = one.refused;
    account.messages = one.queue.counts();
    account.readings.taken = one.published;
    account.readings.refused = one.refused;
    account.readings.stored = one.published - one.refused;
    account.unsafe = one.unsafe;
    account.connects = one.connects;
    account.disconnects = one.disconnects;
    account.redelivered = one.queue.redelivered();
    return account;
}

DeviceEnd LightFleet::end_of(std::uint32_t device) const {
    const auto& one = workers_[device % workers_.size()]->device(device);
    DeviceEnd end;
    for (std::uint64_t refused = 0; refused < one.refused; ++refused) end.refusals.add(Code::full);
    end.failed_attempts = one.failed;
    end.lost_connections = one.lost;
    end.last_error = one.last_error;
    return end;
}

}  // namespace muster::fleet
