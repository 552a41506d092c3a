// SPDX-License-Identifier: Apache-2.0
// Wills: published on a loss, not on a goodbye, later if asked, and in the device's own space.
#include "stage.hpp"

#include <catch2/catch.hpp>

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
