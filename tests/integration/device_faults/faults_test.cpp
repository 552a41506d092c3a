// SPDX-License-Identifier: Apache-2.0
// Whatever the broker does to it, the device delivers what it accepted, and does not hurry.
#include "faults/kinds.hpp"
#include "integration/device/devices.hpp"
#include "integration/faults/application.hpp"
#include "integration/faults/faulty_broker.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <functional>
#include <set>
#include <thread>

namespace muster::test {
namespace {

enum class When : std::uint8_t { before_start, while_connected };

/// How one kind is used on the device.
struct Ordeal {
    FaultKind kind;
    When when;
    std::function<void(Fault&)> set;  // Parameters beside whom it concerns.
};

// A broker that does not stop it must not get more attempts than that, at delays of up to half a second.
constexpr std::size_t most_attempts = 20;
constexpr int batch = 20;

// In the order of FaultKind.
const std::array ordeals{
    Ordeal{FaultKind::outage, When::while_connected, [](Fault& fault) { fault.duration = 500ms; }},
    Ordeal{FaultKind::restart, When::while_connected, [](Fault& fault) { fault.duration = 200ms; }},
    Ordeal{FaultKind::refuse, When::before_start, [](Fault& fault) { fault.times = 3; }},
    Ordeal{FaultKind::redirect, When::before_start,
           [](Fault& fault) {
               fault.times = 1;
               fault.server_reference = "127.0.0.1:1";
           }},
    Ordeal{FaultKind::cut, When::while_connected,
           [](Fault& fault) {
               fault.times = 2;
               fault.after_packets = 5;
           }},
    Ordeal{FaultKind::stop_reading, When::while_connected, [](Fault& fault) { fault.times = 1; }},
    Ordeal{FaultKind::stall_handshake, When::before_start, [](Fault& fault) { fault.times = 1; }},
    Ordeal{FaultKind::delay_acknowledgements, When::while_connected,
           [](Fault& fault) {
               fault.delay = 300ms;
               fault.duration = 2s;
           }},
    Ordeal{FaultKind::drop_acknowledgements, When::while_connected,
           [](Fault& fault) {
               fault.times = 5;
               fault.probability = 0.5;
               fault.seed = 7;
           }},
    Ordeal{FaultKind::duplicate_acknowledgements, When::while_connected, [](Fault& fault) { fault.times = 10; }},
    Ordeal{FaultKind::take_over, When::while_connected, [](Fault&) {}},
    Ordeal{FaultKind::expire_certificate, When::while_connected, [](Fault& fault) { fault.duration = 1s; }},
    Ordeal{FaultKind::revoke_certificate, When::while_connected, [](Fault& fault) { fault.duration = 1s; }},
    Ordeal{FaultKind::freeze, When::while_connected, [](Fault& fault) { fault.duration = 5s; }},
    Ordeal{FaultKind::limit_bandwidth, When::while_connected,
           [](Fault& fault) {
               fault.bytes_per_second = 512;
               fault.duration = 2s;
           }},
    Ordeal{FaultKind::est, When::while_connected,
           [](Fault& fault) {
               fault.times = 2;
               fault.status = 503;
               fault.retry_after = 1s;
           }},
};
static_assert(ordeals.size() == testbroker::faults::kind_count, "a kind of fault that no device has met");

// A broker, an application that hears everything, and a device.
struct Stage {
    Stage() {
        REQUIRE(broker.enroll("press-01"));
        dash = open_device(application_of(broker, directory));
        REQUIRE(dash->subscribe("press-01/n", Qos::at_least_once,
                                [heard = heard](const Message& message) { heard->add(std::stoi(message.payload)); }));
        REQUIRE(dash->start());

        auto config = config_for(broker->addresses().mqtts_url, directory / "outbox.db");
        config.client_id.clear();
        config.identity_dir = broker.identity("press-01");
        config.backoff.refused_floor = 100ms;
        config.keep_alive = 1s;
        config.connect_timeout = 2s;
        config.renewal.est_url = broker->addresses().est_url + "/acme";
        device = open_device(std::move(config));
        states = std::make_unique<States>(*device);
    }

    TemporaryDirectory directory;
    FaultyBroker broker;
    std::shared_ptr<Collected<int>> heard = std::make_shared<Collected<int>>();
    std::unique_ptr<Device> dash;
    std::unique_ptr<Device> device;
    std::unique_ptr<States> states;
    FaultId fault = 0;
};

struct Outcome {
    bool is_accepted = true;
    bool is_drained = false;
    bool is_heard = false;
    std::size_t attempts = 0;
    Status status;
    FaultInfo fault;
};

bool publish_batch(Device& device, int from) {
    bool accepted = true;
    for (int i = from; i < from + batch; ++i) accepted = device.publish("n", std::to_string(i)).ok() && accepted;
    return accepted;
}

Outcome endure(const Ordeal& ordeal, Stage& stage) {
    Outcome outcome;
    Fault fault = fault_of(ordeal.kind);
    ordeal.set(fault);
    if (testbroker::faults::traits_of(ordeal.kind).scope == testbroker::faults::Scope::client) {
        fault.tenant = "acme";
        fault.client_id = "press-01";
    }
    const auto inject = [&] {
        const auto id = stage.broker->inject(fault);
        outcome.is_accepted = id.ok() && outcome.is_accepted;
        if (id) stage.fault = *id;
    };
    auto& device = *stage.device;
    if (ordeal.when == When::before_start) inject();
    outcome.is_accepted = device.start().ok() && stage.states->wait(ConnectionState::connected) && publish_batch(device, 0);
    outcome.is_accepted = device.wait_drained(20s).ok() && outcome.is_accepted;
    if (ordeal.when == When::while_connected) inject();
    if (ordeal.kind == FaultKind::est) outcome.is_accepted = device.renew().ok() && outcome.is_accepted;
    outcome.is_accepted = publish_batch(device, batch) && outcome.is_accepted;
    outcome.is_drained = device.wait_drained(20s).ok();
    // What strikes late, strikes a device that is at rest.
    const auto struck = [&] { return stage.broker.info(stage.fault).applied > 0; };
    for (const auto deadline = std::chrono::steady_clock::now() + 20s; !struck() && std::chrono::steady_clock::now() < deadline;) {
        std::this_thread::yield();
    }
    outcome.is_accepted = publish_batch(device, 2 * batch) && outcome.is_accepted;
    outcome.is_drained = device.wait_drained(20s).ok() && outcome.is_drained;
    outcome.is_heard = stage.heard->wait([](const auto& all) { return std::set<int>(all.begin(), all.end()).size() == 3 * batch; });
    outcome.fault = stage.broker.info(stage.fault);
    outcome.status = device.stop(5s);
    for (const auto& [state, status] : stage.states->seen()) outcome.attempts += state == ConnectionState::connecting ? 1U : 0U;
    return outcome;
}

}  // namespace

TEST_CASE("with every fault that the broker has, all is delivered, counted, and no attempt is wasted") {
    std::vector<std::unique_ptr<Stage>> stages;
    for (std::size_t i = 0; i < ordeals.size(); ++i) {
        REQUIRE(ordeals[i].kind == static_cast<FaultKind>(i));
        stages.push_back(std::make_unique<Stage>());
    }
    for (const auto& stage : stages) REQUIRE(stage->dash->wait_subscribed(20s));
    // All at once: most of it is waiting.
    std::array<Outcome, ordeals.size()> outcomes;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < ordeals.size(); ++i) {
        threads.emplace_back([&, i] { outcomes[i] = endure(ordeals[i], *stages[i]); });
    }
    for (auto& thread : threads) thread.join();
    for (std::size_t i = 0; i < ordeals.size(); ++i) {
        const auto& outcome = outcomes[i];
        const auto copies = stages[i]->heard->values().size();
        INFO(name_of(ordeals[i].kind) << ": " << outcome.attempts << " attempts, " << copies << " messages heard, struck "
                                      << outcome.fault.applied << " times; "
                                      << (outcome.status.last_error ? outcome.status.last_error->message() : ""));
        CHECK(outcome.is_accepted);
        CHECK(outcome.fault.applied > 0);
        CHECK(outcome.is_drained);
        CHECK(outcome.is_heard);
        CHECK(outcome.status.outbox.accepted == 3 * batch);
        CHECK(outcome.status.outbox.delivered == 3 * batch);
        CHECK(accounts_hold(outcome.status.outbox));
        CHECK(outcome.attempts <= most_attempts);
        // Whoever listens is cut off by these as well, and gets again what it had not acknowledged.
        const bool cuts_listeners = ordeals[i].kind == FaultKind::outage || ordeals[i].kind == FaultKind::restart;
        if (!cuts_listeners) CHECK(copies - 3 * batch <= outcome.status.redelivered);
    }
    threads.clear();
    for (auto& stage : stages) threads.emplace_back([&stage] { stage.reset(); });
    for (auto& thread : threads) thread.join();
}

}  // namespace muster::test
