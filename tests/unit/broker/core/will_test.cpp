// SPDX-License-Identifier: Apache-2.0
// Wills: published on a loss, not on a goodbye, later if asked, and in the device's own space.
#include "stage.hpp"

#include <catch2/catch.hpp>

#include <functional>

namespace muster::test {
namespace {

using namespace std::chrono_literals;

wire::Connect with_will(std::uint32_t delay_s = 0, std::uint32_t expiry_s = 0) {
    wire::Connect connect;
    wire::Will will;
    will.topic = "status";
    will.payload = "offline";
    if (delay_s > 0) will.properties.will_delay_interval = delay_s;
    connect.will = will;
    connect.properties.session_expiry_interval = expiry_s;
    return connect;
}

}  // namespace

TEST_CASE("a lost connection publishes the will where applications see it, and neighbours do not") {
    Stage stage;
    const auto app = stage.application("dash");
    const auto neighbour = stage.device("press-02");
    stage.subscribe(app, "#");
    stage.subscribe(neighbour, "#");
    stage.take(app);
    stage.take(neighbour);
    const auto device = stage.device("press-01", "acme", with_will());
    stage.core.connection_lost(device, stage.clock.now());
    CHECK(stage.take(app) == Lines{"press-01/status=offline q0"});
    CHECK(stage.take(neighbour).empty());
}

TEST_CASE("a goodbye publishes no will, unless it asks for it") {
    Stage stage;
    const auto app = stage.application("dash");
    stage.subscribe(app, "#");
    stage.take(app);
    stage.say(stage.device("press-01", "acme", with_will()), wire::Disconnect{});
    CHECK(stage.take(app).empty());
    wire::Disconnect with;
    with.reason = wire::ReasonCode::disconnect_with_will;
    stage.say(stage.device("press-01", "acme", with_will()), with);
    CHECK(stage.take(app) == Lines{"press-01/status=offline q0"});
}

TEST_CASE("a delayed will waits, and is not published if the client comes back in time") {
    Stage stage;
    const auto app = stage.application("dash");
    stage.subscribe(app, "#");
    stage.take(app);
    const auto first = stage.device("press-01", "acme", with_will(10, 100));
    stage.core.connection_lost(first, stage.clock.now());
    stage.advance(9s);
    CHECK(stage.take(app).empty());
    auto back = with_will(10, 100);
    back.clean_start = false;
    const auto second = stage.device("press-01", "acme", back);
    stage.advance(20s);
    CHECK(stage.take(app).empty());
    stage.core.connection_lost(second, stage.clock.now());
    stage.advance(11s);
    CHECK(stage.take(app) == Lines{"press-01/status=offline q0"});
}

TEST_CASE("a takeover publishes the will at once, a delayed one only if it ends the session") {
    struct Row {
        std::uint32_t delay_s;
        std::uint32_t expiry_s;
        bool clean_start;
        bool published;
    };
    for (const auto& row : {Row{0, 100, false, true}, Row{10, 100, false, false}, Row{10, 100, true, true}, Row{10, 0, false, true}}) {
        Stage stage;
        const auto app = stage.application("dash");
        stage.subscribe(app, "#");
        stage.take(app);
        stage.device("press-01", "acme", with_will(row.delay_s, row.expiry_s));
        wire::Connect next;
        next.clean_start = row.clean_start;
        stage.device("press-01", "acme", next);
        INFO(row.delay_s << " " << row.expiry_s << " " << row.clean_start);
        CHECK(stage.take(app) == (row.published ? Lines{"press-01/status=offline q0"} : Lines{}));
        stage.advance(1h);
        CHECK(stage.take(app).empty());
    }
}

TEST_CASE("a broken protocol, silence, an expired certificate and a shutdown publish the will") {
    const std::vector<std::function<void(Stage&, core::ConnectionId)>> ends{
        [](Stage& stage, core::ConnectionId id) { stage.say(id, wire::Connect{}); },
        [](Stage& stage, core::ConnectionId id) { stage.core.malformed(id, {}, stage.clock.now()); },
        [](Stage& stage, core::ConnectionId) { stage.advance(16s); },
        [](Stage& stage, core::ConnectionId) {
            stage.clock.set_wall(stage.clock.wall_now() + 25h);
            stage.core.tick(stage.clock.now());
        },
        [](Stage& stage, core::ConnectionId) { stage.core.shut_down(stage.clock.now()); },
    };
    for (std::size_t i = 0; i < ends.size(); ++i) {
        Stage stage;
        auto peer = Stage::certificate("press-01");
        peer.certificate->not_after = stage.clock.wall_now() + 24h;
        const auto device = stage.open(peer);
        auto connect = with_will(0, 0);
        connect.client_id = "press-01";
        connect.keep_alive = 10;
        connect.will->retain = true;
        stage.say(device, connect);
        ends[i](stage, device);
        INFO(i);
        CHECK(stage.is_closed(device));
        const auto app = stage.application("late");
        stage.subscribe(app, "#");
        CHECK(stage.take(app) == Lines{"suback 1", "press-01/status=offline q0 retained"});
    }
}

TEST_CASE("a will's expiry begins when it is published") {
    Stage stage;
    const auto app = stage.application("dash");
    stage.subscribe(app, "#");
    auto connect = with_will();
    connect.will->properties.message_expiry_interval = 10U;
    const auto device = stage.device("press-01", "acme", connect);
    stage.advance(1h);
    stage.core.connection_lost(device, stage.clock.now());
    CHECK(stage.last<wire::Publish>(app).properties.message_expiry_interval == 10U);
}

TEST_CASE("a will of QoS 2 is delivered with QoS 2") {
    Stage stage;
    const auto app = stage.application("dash");
    stage.subscribe(app, "#", Qos::exactly_once);
    stage.take(app);
    auto connect = with_will();
    connect.will->qos = Qos::exactly_once;
    stage.core.connection_lost(stage.device("press-01", "acme", connect), stage.clock.now());
    CHECK(stage.take(app) == Lines{"press-01/status=offline q2"});
}

TEST_CASE("a will is published at the session's end at the latest") {
    Stage stage;
    const auto app = stage.application("dash");
    stage.subscribe(app, "#");
    stage.take(app);
    const auto device = stage.device("press-01", "acme", with_will(100, 5));
    stage.core.connection_lost(device, stage.clock.now());
    stage.advance(6s);
    CHECK(stage.take(app) == Lines{"press-01/status=offline q0"});
}

}  // namespace muster::test
