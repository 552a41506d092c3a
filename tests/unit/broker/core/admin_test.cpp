// SPDX-License-Identifier: Apache-2.0
// What an administrator sees of the clients, and how one is sent away.
#include "stage.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using namespace std::chrono_literals;
using wire::ReasonCode;

wire::Connect lasting_with_keep_alive() {
    wire::Connect connect;
    connect.keep_alive = 30;
    connect.properties.session_expiry_interval = 100;
    return connect;
}

std::size_t kick(Stage& stage, std::string_view tenant, std::string_view id) {
    return stage.core.kick(tenant, id, ReasonCode::administrative_action, "maintenance", stage.clock.now());
}

}  // namespace

TEST_CASE("clients lists every session with its connection, tenant by tenant") {
    Stage stage;
    const auto press = stage.device("press-01", "acme", lasting_with_keep_alive());
    stage.device("pump-02", "other");
    stage.subscribe(press, "a");
    stage.subscribe(press, "b/#");

    const auto all = stage.core.clients();
    REQUIRE(all.size() == 2);
    CHECK(all[0].tenant == "acme");
    CHECK(all[0].client_id == "press-01");
    CHECK(all[0].role == tenancy::Role::device);
    CHECK(all[0].connection == press);
    CHECK(all[0].version == wire::Version::v5);
    CHECK(all[0].keep_alive == 30s);
    CHECK(all[0].subscriptions == 2);
    CHECK(all[1].tenant == "other");
    CHECK(stage.core.clients("other").size() == 1);
    CHECK(stage.core.clients("nobody").empty());
}

TEST_CASE("a client's connection is dated by its opening") {
    Stage stage;
    const auto begun = stage.clock.wall_now();
    stage.device("press-01");
    stage.advance(90s);
    CHECK(stage.core.clients().at(0).since == begun);
}

TEST_CASE("clients counts what waits and what is in flight, and keeps who is away") {
    Stage stage;
    const auto app = stage.application("dash", "acme", lasting_with_keep_alive());
    const auto press = stage.device("press-01");
    stage.subscribe(app, "#");
    stage.publish(press, "a", "1", Qos::at_least_once);
    auto seen = stage.core.clients("acme");
    CHECK(seen[0].in_flight == 1);
    CHECK(seen[0].queued == 0);

    stage.core.connection_lost(app, stage.clock.now());
    stage.publish(press, "a", "2", Qos::at_least_once);
    seen = stage.core.clients("acme");
    CHECK(seen[0].connection == std::nullopt);
    CHECK(seen[0].since == std::nullopt);
    CHECK(seen[0].in_flight == 1);
    CHECK(seen[0].queued == 1);
}

TEST_CASE("a kicked client is told why, and its will goes out") {
    Stage stage;
    const auto app = stage.application("dash");
    stage.subscribe(app, "#");
    stage.take(app);
    wire::Connect connect;
    connect.will = wire::Will{};
    connect.will->topic = "status";
    connect.will->payload = "offline";
    const auto press = stage.device("press-01", "acme", connect);

    CHECK(kick(stage, "acme", "press-01") == 1);
    CHECK(stage.take(press) == Lines{"disconnect 152"});
    CHECK(stage.last<wire::Disconnect>(press).properties.reason_string == "maintenance");
    CHECK(stage.is_closed(press));
    CHECK(stage.take(app) == Lines{"press-01/status=offline q0"});
    CHECK(kick(stage, "acme", "press-01") == 0);
}

TEST_CASE("a kick meets one tenant's client only, in each of its roles") {
    Stage stage;
    const auto device = stage.device("press-01");
    const auto application = stage.application("press-01");
    const auto other = stage.device("press-01", "other");
    CHECK(kick(stage, "acme", "press-01") == 2);
    CHECK(stage.is_closed(device));
    CHECK(stage.is_closed(application));
    CHECK_FALSE(stage.is_closed(other));
    CHECK(kick(stage, "nobody", "press-01") == 0);
}

TEST_CASE("an MQTT 3.1.1 client is kicked without a word") {
    Stage stage;
    wire::Connect connect;
    connect.version = wire::Version::v311;
    const auto press = stage.device("press-01", "acme", connect);
    CHECK(kick(stage, "acme", "press-01") == 1);
    CHECK(stage.take(press).empty());
    CHECK(stage.is_closed(press));
}

}  // namespace muster::test
