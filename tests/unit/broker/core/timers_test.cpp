// SPDX-License-Identifier: Apache-2.0
// Everything that happens because time has passed happens in its time, to its own connection or session.
#include "stage.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace muster::test {
namespace {

using namespace std::chrono_literals;

wire::Connect with(std::uint16_t keep_alive, std::uint32_t expiry_s = 0) {
    wire::Connect connect;
    connect.keep_alive = keep_alive;
    connect.clean_start = false;
    connect.properties.session_expiry_interval = expiry_s;
    return connect;
}

}  // namespace

TEST_CASE("a keep-alive that is shorter than the time for CONNECT counts from the beginning") {
    Stage stage;
    const auto device = stage.device("press-01", "acme", with(1));
    stage.advance(1'499ms);
    CHECK_FALSE(stage.is_closed(device));
    stage.advance(1ms);
    CHECK(stage.is_closed(device));
}

TEST_CASE("a client that is heard from stays for as long as it likes, and goes when it falls silent") {
    Stage stage;
    const auto device = stage.device("press-01", "acme", with(100));
    for (int i = 0; i < 1'000; ++i) {
        stage.advance(37s);
        stage.say(device, wire::Pingreq{});
    }
    for (int i = 0; i < 149; ++i) stage.advance(1s);
    CHECK_FALSE(stage.is_closed(device));
    stage.advance(1s);
    CHECK(stage.is_closed(device));
}

TEST_CASE("a client without a keep-alive stays, however silent") {
    Stage stage;
    const auto app = stage.application("dash", "acme", with(0));
    stage.advance(std::chrono::hours(24 * 365));
    CHECK_FALSE(stage.is_closed(app));
}

TEST_CASE("a certificate ends its connection within a second of its expiry, also if somebody sets the clock") {
    for (const bool set : {false, true}) {
        Stage stage;
        auto peer = Stage::certificate("press-01");
        peer.certificate->not_after = stage.clock.wall_now() + 240h;
        const auto device = stage.open(peer);
        auto connect = with(0);
        connect.client_id = "press-01";
        stage.say(device, connect);
        if (set) {
            stage.clock.set_wall(stage.clock.wall_now() + 240h - 10s);
            stage.advance(250ms);
            stage.clock.set_wall(stage.clock.wall_now() - 100h);
            stage.advance(11s);
            CHECK_FALSE(stage.is_closed(device));
            stage.clock.set_wall(stage.clock.wall_now() + 100h - 11s);
        } else {
            stage.advance(240h - 10s);
        }
        stage.advance(9s);
        CHECK_FALSE(stage.is_closed(device));
        for (int i = 0; i < 8; ++i) stage.advance(250ms);
        CHECK(stage.is_closed(device));
    }
}

TEST_CASE("a session's will and its end come each in their time") {
    Stage stage;
    const auto app = stage.application("dash");
    stage.subscribe(app, "#");
    auto connect = with(0, 20);
    connect.will.emplace().topic = "will";
    connect.will->payload = "gone";
    connect.will->properties.will_delay_interval = 10U;
    stage.core.connection_lost(stage.device("press-01", "acme", connect), stage.clock.now());
    stage.take(app);
    stage.advance(9'999ms);
    CHECK(stage.take(app).empty());
    stage.advance(1ms);
    CHECK(stage.take(app) == Lines{"press-01/will=gone q0"});
    stage.advance(9'999ms);
    CHECK(stage.core.clients("acme").size() == 2);
    stage.advance(1ms);
    CHECK(stage.core.clients("acme").size() == 1);
}

TEST_CASE("over random connections and losses every session ends when its own time is over") {
    SeededRandom random(7);
    const auto draw = [&](std::size_t bound) { return static_cast<std::size_t>(base::draw_up_to(random, bound - 1)); };
    Stage stage;
    struct Device {
        core::ConnectionId connection = 0;
        std::uint32_t expiry_s = 0;
        std::optional<base::SteadyTime> ends;
    };
    std::vector<Device> devices(50);
    for (int step = 0; step < 5'000; ++step) {
        const std::size_t who = draw(devices.size());
        Device& device = devices[who];
        if (device.connection != 0) {
            stage.core.connection_lost(device.connection, stage.clock.now());
            device = {0, device.expiry_s, stage.clock.now() + std::chrono::seconds(device.expiry_s)};
        } else {
            const auto expiry = static_cast<std::uint32_t>(1 + draw(30));
            device = {stage.device("dev-" + std::to_string(who), "acme", with(0, expiry)), expiry, std::nullopt};
        }
        stage.advance(std::chrono::milliseconds(draw(1'000)));
        stage.forget();
        const auto lives = [&](const Device& one) { return one.connection != 0 || (one.ends && *one.ends > stage.clock.now()); };
        REQUIRE(stage.core.clients().size() == static_cast<std::size_t>(std::count_if(devices.begin(), devices.end(), lives)));
    }
}

}  // namespace muster::test
