// SPDX-License-Identifier: Apache-2.0
// Faults of connections as a whole: refused, redirected, taken over; the broker away and back.
#include "faulty_broker.hpp"
#include "raw_client.hpp"

namespace muster::test {

using wire::ReasonCode;

TEST_CASE("refuse: CONNACK with the reason code, as often as it says, in both versions") {
    FaultyBroker broker;
    Fault fault = fault_of(FaultKind::refuse);
    fault.tenant = "acme";
    fault.client_id = "press-01";
    fault.reason = 0x89;
    fault.times = 2;
    const FaultId id = broker.inject(fault);

    RawClient other(broker.url());
    other.greet("lathe-02");
    CHECK(other.expect<wire::Connack>().reason == ReasonCode::success);
    RawClient busy(broker.url());
    busy.greet("press-01");
    CHECK(busy.expect<wire::Connack>().reason == ReasonCode::server_busy);
    CHECK(busy.is_cut());
    RawClient old(broker.url());
    old.greet("press-01", true, wire::Version::v311);
    CHECK(static_cast<int>(old.expect<wire::Connack>().reason) == 3);  // Server unavailable, the nearest that 3.1.1 has.
    RawClient third(broker.url());
    third.greet("press-01");
    CHECK(third.expect<wire::Connack>().reason == ReasonCode::success);
    CHECK(broker.info(id).applied == 2);
    CHECK_FALSE(broker.info(id).is_standing);
}

TEST_CASE("redirect: CONNACK with use another server and where it is") {
    FaultyBroker broker;
    Fault fault = fault_of(FaultKind::redirect);
    fault.server_reference = "127.0.0.1:8884";
    broker.inject(fault);
    RawClient client(broker.url());
    client.greet("press-01");
    const auto answer = client.expect<wire::Connack>();
    CHECK(answer.reason == ReasonCode::use_another_server);
    CHECK(answer.properties.server_reference == "127.0.0.1:8884");
    CHECK(client.is_cut());
}

TEST_CASE("take_over: DISCONNECT with session taken over, and the client may come again") {
    FaultyBroker broker;
    RawClient client(broker.url());
    client.greet("press-01");
    client.expect<wire::Connack>();
    Fault fault = fault_of(FaultKind::take_over);
    fault.tenant = "acme";
    const FaultId id = broker.inject(fault);
    CHECK(client.expect<wire::Disconnect>().reason == ReasonCode::session_taken_over);
    CHECK(client.is_cut());
    CHECK(broker.info(id).applied == 1);
    CHECK_FALSE(broker.info(id).is_standing);
    RawClient again(broker.url());
    again.greet("press-01");
    CHECK(again.expect<wire::Connack>().reason == ReasonCode::success);
}

namespace {

// Comes when the broker listens again.
wire::Connack come_back(const FaultyBroker& broker) {
    const auto end = std::chrono::steady_clock::now() + RawClient::patience;
    while (std::chrono::steady_clock::now() < end) {
        RawClient client(broker.url());
        if (!client.is_connected()) continue;
        client.greet("press-01", false);
        if (const auto packet = client.next()) return std::get<wire::Connack>(*packet);
    }
    FAIL("the broker did not come back");
    return {};
}

void leave_a_session(const FaultyBroker& broker) {
    RawClient client(broker.url());
    client.greet("press-01", false);
    client.expect<wire::Connack>();
    client.subscribe("press-01/cmd");
    client.expect<wire::Suback>();
}

}  // namespace

TEST_CASE("outage: connections cut without a goodbye, nobody listens, and then the sessions are there again") {
    FaultyBroker broker;
    leave_a_session(broker);
    RawClient client(broker.url());
    client.greet("lathe-02");
    client.expect<wire::Connack>();
    Fault fault = fault_of(FaultKind::outage);
    fault.duration = 300ms;
    broker.inject(fault);
    CHECK_FALSE(client.next());
    CHECK(client.is_cut());
    CHECK(come_back(broker).session_present);
}

TEST_CASE("restart: with its state the sessions are there again, without it they are lost") {
    FaultyBroker broker;
    for (const auto state : {testbroker::RestartState::kept, testbroker::RestartState::lost}) {
        leave_a_session(broker);
        RawClient client(broker.url());
        client.greet("lathe-02");
        client.expect<wire::Connack>();
        Fault fault = fault_of(FaultKind::restart);
        fault.state = state;
        fault.duration = 50ms;
        broker.inject(fault);
        CHECK(client.is_cut());
        CHECK(come_back(broker).session_present == (state == testbroker::RestartState::kept));
    }
}

}  // namespace muster::test
