// SPDX-License-Identifier: Apache-2.0
// Faults of bytes and packets on a connection: cut, half open, frozen, slow, and acknowledgements that go wrong.
#include "faulty_broker.hpp"
#include "raw_client.hpp"

#include <string>

namespace muster::test {
namespace {

using Clock = std::chrono::steady_clock;

Fault on_press(FaultKind kind) {
    Fault fault = fault_of(kind);
    fault.tenant = "acme";
    fault.client_id = "press-01";
    return fault;
}

/// Connected as `press-01`.
struct Press : RawClient {
    explicit Press(const FaultyBroker& broker) : RawClient(broker.url()) {
        greet("press-01");
        expect<wire::Connack>();
    }
};

wire::PacketId acknowledged(RawClient& client) {
    return client.expect<wire::Puback>().packet_id;
}

}  // namespace

TEST_CASE("cut after packets received: what came before is acknowledged or lost, then the connection ends") {
    FaultyBroker broker;
    Fault fault = on_press(FaultKind::cut);
    fault.after_packets = 3;
    fault.times = 1;
    const FaultId id = broker.inject(fault);
    Press press(broker);
    for (wire::PacketId packet = 1; packet <= 2; ++packet) {
        press.publish("t", "x", Qos::at_least_once, packet);
        CHECK(acknowledged(press) == packet);
    }
    press.publish("t", "x", Qos::at_least_once, 3);
    CHECK(press.is_cut());
    CHECK(broker.info(id).applied == 1);
    Press again(broker);
    for (wire::PacketId packet = 1; packet <= 5; ++packet) {
        again.publish("t", "x", Qos::at_least_once, packet);
        CHECK(acknowledged(again) == packet);
    }
}

TEST_CASE("cut after packets sent: exactly so many arrive") {
    FaultyBroker broker;
    Fault fault = on_press(FaultKind::cut);
    fault.after_packets = 3;  // CONNACK is the first.
    fault.direction = Direction::sent;
    broker.inject(fault);
    Press press(broker);
    for (wire::PacketId packet = 1; packet <= 5; ++packet) press.publish("t", "x", Qos::at_least_once, packet);
    CHECK(acknowledged(press) == 1);
    CHECK(acknowledged(press) == 2);
    CHECK_FALSE(press.next());
    CHECK(press.is_cut());
}

TEST_CASE("cut after bytes sent: the last packet arrives in part") {
    FaultyBroker broker;
    Press press(broker);
    Fault fault = on_press(FaultKind::cut);
    fault.after_bytes = 6;  // One PUBACK is 4 or more.
    fault.direction = Direction::sent;
    broker.inject(fault);
    for (wire::PacketId packet = 1; packet <= 5; ++packet) press.publish("t", "x", Qos::at_least_once, packet);
    CHECK(press.is_cut());
    CHECK(press.received().size() == 6);
}

TEST_CASE("stop_reading: nothing is answered, the connection stays, and all is answered when it is over") {
    FaultyBroker broker;
    Press press(broker);
    const FaultId id = broker.inject(on_press(FaultKind::stop_reading));
    press.send(wire::Pingreq{});
    press.publish("t", "x", Qos::at_least_once, 1);
    CHECK(press.is_silent_for(300ms));
    CHECK(broker.info(id).applied == 1);
    RawClient other(broker.url());
    other.greet("lathe-02");
    other.expect<wire::Connack>();
    REQUIRE(broker->remove_fault(id));
    press.expect<wire::Pingresp>();
    CHECK(acknowledged(press) == 1);
}

TEST_CASE("freeze: neither greeted nor answered, and everything goes on after its time") {
    FaultyBroker broker;
    Press press(broker);
    Fault fault = fault_of(FaultKind::freeze);
    fault.duration = 500ms;
    broker.inject(fault);
    RawClient late(broker.url());
    late.greet("lathe-02");
    press.send(wire::Pingreq{});
    CHECK(late.is_silent_for(200ms));
    CHECK(press.is_silent_for(50ms));
    press.expect<wire::Pingresp>();
    CHECK(late.expect<wire::Connack>().reason == wire::ReasonCode::success);
}

TEST_CASE("limit_bandwidth: a message takes as long as its rate says") {
    FaultyBroker broker;
    Press press(broker);
    Fault fault = on_press(FaultKind::limit_bandwidth);
    fault.bytes_per_second = 20'000;
    broker.inject(fault);
    const auto begin = Clock::now();
    press.publish("t", std::string(20'000, 'x'), Qos::at_least_once, 1);
    CHECK(acknowledged(press) == 1);
    CHECK(Clock::now() - begin >= 800ms);  // A tenth of a second's bytes may come at once.
}

TEST_CASE("delay_acknowledgements: they come later and in their order, what else is sent does not wait") {
    FaultyBroker broker;
    Press press(broker);
    Fault fault = on_press(FaultKind::delay_acknowledgements);
    fault.delay = 400ms;
    broker.inject(fault);
    const auto begin = Clock::now();
    press.publish("t", "x", Qos::at_least_once, 1);
    press.publish("t", "x", Qos::at_least_once, 2);
    press.send(wire::Pingreq{});
    press.expect<wire::Pingresp>();
    CHECK(acknowledged(press) == 1);
    CHECK(Clock::now() - begin >= 400ms);
    CHECK(acknowledged(press) == 2);
}

TEST_CASE("drop_acknowledgements: as many as it says never come; the message was taken all the same") {
    FaultyBroker broker;
    Press press(broker);
    Fault fault = on_press(FaultKind::drop_acknowledgements);
    fault.times = 1;
    broker.inject(fault);
    const auto before = broker->counters().messages_in;
    press.publish("t", "x", Qos::at_least_once, 1);
    press.publish("t", "x", Qos::at_least_once, 2);
    CHECK(acknowledged(press) == 2);
    CHECK(broker->counters().messages_in == before + 2);
}

TEST_CASE("duplicate_acknowledgements: each comes twice") {
    FaultyBroker broker;
    Press press(broker);
    broker.inject(on_press(FaultKind::duplicate_acknowledgements));
    press.publish("t", "x", Qos::at_least_once, 1);
    CHECK(acknowledged(press) == 1);
    CHECK(acknowledged(press) == 1);
    press.subscribe("#");
    press.expect<wire::Suback>();
    press.expect<wire::Suback>();
}

TEST_CASE("stall_handshake: a TLS client hears nothing, the next one is served") {
    FaultyBroker broker;
    Fault fault = fault_of(FaultKind::stall_handshake);
    fault.times = 1;
    const FaultId id = broker.inject(fault);
    RawClient stalled(broker->addresses().mqtts_url);
    // No TLS: a broker that reads it answers with an alert or ends.
    stalled.send_bytes("this is no ClientHello at all");
    CHECK(stalled.is_silent_for(200ms));
    CHECK(broker.info(id).applied == 1);
    RawClient served(broker->addresses().mqtts_url);
    served.send_bytes("this is no ClientHello at all");
    CHECK(served.is_cut());
}

}  // namespace muster::test
