// SPDX-License-Identifier: Apache-2.0
// Who is revoked or deleted while its connection is open.
#include "stage.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using namespace std::chrono_literals;

}  // namespace

TEST_CASE("a revoked device is disconnected at the next tick, and told why; the others are not") {
    Stage stage;
    const auto one = stage.device("press-01");
    const auto two = stage.device("press-02");
    const auto namesake = stage.device("press-01", "other");
    stage.directory.withdraw("acme", "press-01", tenancy::Standing::revoked);
    stage.advance(500ms);
    CHECK(stage.take(one) == Lines{"disconnect 135"});
    CHECK(stage.is_closed(one));
    CHECK_FALSE(stage.is_closed(two));
    CHECK_FALSE(stage.is_closed(namesake));
}

TEST_CASE("a revoked device's will and session end with it") {
    Stage stage;
    const auto application = stage.application("dash");
    stage.subscribe(application, "#");
    stage.take(application);
    auto connect = lasting(3'600);
    connect.will.emplace();
    connect.will->topic = "gone";
    connect.will->payload = "x";
    const auto device = stage.device("press-01", "acme", connect);
    stage.subscribe(device, "command");
    stage.directory.withdraw("acme", "press-01", tenancy::Standing::revoked);
    stage.advance(500ms);
    CHECK(stage.is_closed(device));
    CHECK(stage.take(application).empty());
    CHECK(stage.core.clients("acme").size() == 1);
}

TEST_CASE("a device that is away when it is revoked loses its session and its delayed will") {
    Stage stage;
    const auto application = stage.application("dash");
    stage.subscribe(application, "#");
    stage.take(application);
    auto connect = lasting(3'600);
    connect.will.emplace();
    connect.will->topic = "gone";
    connect.will->properties.will_delay_interval = 5;
    const auto device = stage.device("press-01", "acme", connect);
    stage.core.connection_lost(device, stage.clock.now());
    CHECK(stage.core.clients("acme").size() == 2);
    stage.directory.withdraw("acme", "press-01", tenancy::Standing::unknown);
    stage.advance(500ms);
    CHECK(stage.core.clients("acme").size() == 1);
    stage.advance(10s);
    CHECK(stage.take(application).empty());
}

TEST_CASE("a revoked certificate ends the connection and leaves the session to a better one") {
    Stage stage;
    const auto device = stage.device("press-01", "acme", lasting(3'600));
    stage.directory.withdraw("acme", "press-01", tenancy::Standing::certificate_revoked);
    stage.advance(500ms);
    CHECK(stage.is_closed(device));
    stage.directory.withdraw("acme", "press-01", tenancy::Standing::good);
    const auto again = stage.open(Stage::certificate("press-01"));
    auto connect = lasting(3'600);
    connect.client_id = "press-01";
    stage.say(again, connect);
    CHECK(stage.take(again).front() == "connack 0 present");
}

TEST_CASE("who is revoked is refused at its next CONNECT") {
    Stage stage;
    stage.directory.withdraw("acme", "press-01", tenancy::Standing::revoked);
    const auto device = stage.open(Stage::certificate("press-01"));
    wire::Connect connect;
    connect.client_id = "press-01";
    stage.say(device, connect);
    CHECK(stage.take(device).front() == "connack 135");
}

}  // namespace muster::test
