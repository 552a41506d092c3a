// SPDX-License-Identifier: Apache-2.0
// A message that comes twice, because its acknowledgement was lost, is known by its id where it arrives.
#include "integration/device/devices.hpp"
#include "integration/faults/application.hpp"
#include "integration/faults/faulty_broker.hpp"

#include <muster/duplicate_filter.hpp>

#include <catch2/catch.hpp>

#include <algorithm>

namespace muster::test {
namespace {

// A broker that swallows one acknowledgement, and an application that hears everything.
struct Stage {
    Stage() {
        REQUIRE(broker.enroll("press-01"));
        dash = open_device(application_of(broker, directory));
        REQUIRE(dash->subscribe("press-01/n", Qos::at_least_once, [heard = heard](const Message& message) { heard->add(message); }));
        REQUIRE(dash->start());
        REQUIRE(dash->wait_subscribed(20s));
        Fault fault = fault_of(FaultKind::drop_acknowledgements);
        fault.tenant = "acme";
        fault.client_id = "press-01";
        fault.times = 1;
        broker.inject(fault);
    }
    [[nodiscard]] std::unique_ptr<Device> start_device(MessageIdPlace place = MessageIdPlace::property) {
        auto config = config_for(broker->addresses().mqtts_url, directory / "outbox.db");
        config.client_id.clear();
        config.identity_dir = broker.identity("press-01");
        config.message_id = place;
        auto device = open_device(std::move(config));
        REQUIRE(device->start());
        return device;
    }

    TemporaryDirectory directory;
    FaultyBroker broker;
    std::shared_ptr<Collected<Message>> heard = std::make_shared<Collected<Message>>();
    std::unique_ptr<Device> dash;
};

struct Copies {
    std::size_t of_first = 0;
    std::size_t taken = 0;
    std::size_t recognised = 0;
};

Copies count(const std::vector<Message>& heard) {
    Copies copies;
    DuplicateFilter filter;
    for (const auto& message : heard) {
        copies.of_first += message.payload == "first" ? 1U : 0U;
        ++(filter.is_duplicate(message.message_id) ? copies.recognised : copies.taken);
    }
    return copies;
}

}  // namespace

TEST_CASE("a message whose acknowledgement is lost comes twice after the reconnect, and is known") {
    Stage stage;
    const auto device = stage.start_device();
    REQUIRE(device->publish("n", "first"));
    REQUIRE(stage.heard->wait_for_count(1));
    REQUIRE(stage.broker->begin_outage(100ms));
    REQUIRE(device->wait_drained(20s));
    CHECK(device->status().redelivered == 1);
    REQUIRE(device->publish("n", "second"));
    REQUIRE(stage.heard->wait([](const auto& heard) { return !heard.empty() && heard.back().payload == "second"; }));
    const auto copies = count(stage.heard->values());
    // One more if the outage also took the application's own acknowledgement.
    CHECK(copies.of_first >= 2);
    CHECK(copies.recognised == copies.of_first - 1);
    CHECK(copies.taken == 2);
}

TEST_CASE("and so it is when the process ends before the acknowledgement, and the next one sends it again") {
    Stage stage;
    {
        const auto device = stage.start_device();
        REQUIRE(device->publish("n", "first"));
        REQUIRE(stage.heard->wait_for_count(1));
    }
    const auto device = stage.start_device();
    REQUIRE(device->publish("n", "second"));
    REQUIRE(stage.heard->wait_for_count(3));
    const auto copies = count(stage.heard->values());
    CHECK(copies.of_first == 2);
    CHECK(copies.recognised == 1);
    CHECK(copies.taken == 2);
}

TEST_CASE("without ids nobody can tell") {
    Stage stage;
    const auto device = stage.start_device(MessageIdPlace::off);
    REQUIRE(device->publish("n", "first"));
    REQUIRE(stage.heard->wait_for_count(1));
    CHECK(stage.heard->values().front().message_id.empty());
    REQUIRE(stage.broker->begin_outage(100ms));
    REQUIRE(device->wait_drained(20s));
    REQUIRE(stage.heard->wait_for_count(2));
    CHECK(count(stage.heard->values()).recognised == 0);
}

}  // namespace muster::test
