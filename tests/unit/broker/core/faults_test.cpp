// SPDX-License-Identifier: Apache-2.0
// What injected faults do to clients and sessions.
#include "stage.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using namespace std::chrono_literals;

/// A stage on which things go wrong.
struct FaultyStage : Stage {
    FaultyStage() { core.set_faults(board); }
    std::shared_ptr<faults::InjectedFault> inject(const Fault& fault) { return board.add(fault, clock.now()).value(); }
    core::ConnectionId come(const std::string& client_id) {
        const auto id = open(certificate(client_id));
        wire::Connect connect;
        connect.client_id = client_id;
        say(id, connect);
        return id;
    }
    faults::Board board;
};

Fault fault_of(FaultKind kind, const std::string& client_id = {}) {
    Fault fault;
    fault.kind = kind;
    if (!client_id.empty()) fault.tenant = "acme";
    fault.client_id = client_id;
    return fault;
}

wire::Will will_of(std::string_view payload) {
    wire::Will will;
    will.topic = "will";
    will.payload = payload;
    return will;
}

}  // namespace

TEST_CASE("a fault refuses a client with its reason code, and others come in") {
    FaultyStage stage;
    for (const int reason : {0x80, 0x87, 0x88, 0x89, 0x8A, 0x97, 0x9F}) {
        Fault fault = fault_of(FaultKind::refuse, "press-01");
        fault.reason = static_cast<std::uint8_t>(reason);
        stage.inject(fault);
        const auto refused = stage.come("press-01");
        CHECK(static_cast<int>(stage.last<wire::Connack>(refused).reason) == reason);
        CHECK(stage.is_closed(refused));
        CHECK(stage.last<wire::Connack>(stage.come("lathe-02")).reason == wire::ReasonCode::success);
        stage.board.clear();
    }
    CHECK(stage.core.counters().refused == 7);
}

TEST_CASE("a redirected client is told where to go") {
    FaultyStage stage;
    Fault fault = fault_of(FaultKind::redirect);
    fault.server_reference = "127.0.0.1:8884";
    fault.times = 1;
    stage.inject(fault);
    const auto redirected = stage.come("press-01");
    const auto& answer = stage.last<wire::Connack>(redirected);
    CHECK(answer.reason == wire::ReasonCode::use_another_server);
    CHECK(answer.properties.server_reference == "127.0.0.1:8884");
    CHECK(stage.last<wire::Connack>(stage.come("press-01")).reason == wire::ReasonCode::success);
}

TEST_CASE("a certificate that a fault revokes ends its connection at the next tick, and keeps its owner out") {
    FaultyStage stage;
    const auto press = stage.device("press-01");
    const auto application = stage.application("dash");
    stage.inject(fault_of(FaultKind::revoke_certificate));
    stage.core.tick(stage.clock.now());
    CHECK(stage.last<wire::Disconnect>(press).reason == wire::ReasonCode::not_authorized);
    CHECK(stage.take(application).empty());  // It has none.
    CHECK(stage.last<wire::Connack>(stage.come("press-01")).reason == wire::ReasonCode::not_authorized);
    stage.board.clear();
    CHECK(stage.last<wire::Connack>(stage.come("press-01")).reason == wire::ReasonCode::success);
}

TEST_CASE("a session is taken over by nobody: told so, will published, and free to come back") {
    FaultyStage stage;
    const auto application = stage.application("dash");
    stage.subscribe(application, "#");
    wire::Connect connect;
    connect.will = will_of("gone");
    const auto press = stage.device("press-01", "acme", connect);
    const auto lathe = stage.device("lathe-02");
    stage.take(application);
    const auto fault = stage.inject(fault_of(FaultKind::take_over, "press-01"));
    stage.core.strike(*fault, stage.clock.now());
    CHECK(stage.last<wire::Disconnect>(press).reason == wire::ReasonCode::session_taken_over);
    CHECK(stage.take(lathe).empty());
    CHECK(stage.take(application).size() == 1);
    CHECK(fault->info(stage.clock.now(), false).applied == 1);
    CHECK(stage.last<wire::Connack>(stage.come("press-01")).reason == wire::ReasonCode::success);
}

TEST_CASE("a restart without state forgets sessions and retained messages, and publishes no will") {
    FaultyStage stage;
    wire::Connect connect;
    connect.clean_start = false;
    connect.properties.session_expiry_interval = 3'600;
    connect.will = will_of("gone");
    connect.will->retain = true;
    const auto press = stage.device("press-01", "acme", connect);
    stage.subscribe(press, "cmd");
    stage.publish(press, "state", "on", Qos::at_most_once, true);
    stage.core.forget_everything(stage.clock.now());
    CHECK(stage.is_closed(press));
    CHECK(stage.core.open_connections() == 0);

    const auto again = stage.open(Stage::certificate("press-01"));
    connect.client_id = "press-01";
    connect.will.reset();
    stage.say(again, connect);
    CHECK_FALSE(stage.last<wire::Connack>(again).session_present);
    const auto application = stage.application("dash");
    stage.subscribe(application, "#");
    CHECK(stage.take(application).size() == 1);  // SUBACK, and nothing retained.
}

TEST_CASE("clients that were never accepted meet no fault meant for others") {
    FaultyStage stage;
    const auto fault = stage.inject(fault_of(FaultKind::refuse));
    const auto stranger = stage.come("stranger");
    CHECK(stage.last<wire::Connack>(stranger).reason == wire::ReasonCode::not_authorized);
    CHECK(fault->info(stage.clock.now(), true).considered == 0);
}

}  // namespace muster::test
