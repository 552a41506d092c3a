// SPDX-License-Identifier: Apache-2.0
// The ceiling over everything that waits: what counts towards it, what is refused at it, and that it is left again.
#include "stage.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace muster::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t ceiling_bytes = 1U << 20U;
// Larger than what a shard keeps to itself, so that each is seen at once.
constexpr std::size_t large = 100'000;

struct BoundedStage {
    static core::Limits limits_with(core::MemoryCeiling& ceiling) {
        core::Limits limits;
        limits.memory = &ceiling;
        return limits;
    }
    /// Exactly, whatever the shard has kept to itself.
    std::size_t used() {
        stage.core.memory().settle();
        return ceiling.used();
    }
    /// Messages wait for `away` until no more are taken; returns how many were.
    int fill(core::ConnectionId publisher) {
        const std::string payload(large, 'x');
        for (int taken = 0;; ++taken) {
            stage.publish(publisher, "t", payload, Qos::at_least_once);
            if (stage.take(publisher) == Lines{"puback 151"}) return taken;
        }
    }

    core::MemoryCeiling ceiling{ceiling_bytes};
    Stage stage{limits_with(ceiling)};
};

// It comes again for what waits.
core::ConnectionId leave_behind(Stage& stage, const std::string& id, const std::string& filter) {
    const auto app = stage.application(id, "acme", lasting());
    stage.subscribe(app, filter);
    stage.take(app);
    stage.core.connection_lost(app, stage.clock.now());
    return app;
}

}  // namespace

TEST_CASE("at the memory ceiling QoS 1 and 2 are refused, counted, until what waits has been taken") {
    BoundedStage bounded;
    Stage& stage = bounded.stage;
    leave_behind(stage, "away", "#");
    const auto device = stage.device("press-01");
    const int taken = bounded.fill(device);
    CHECK(taken >= 10);
    CHECK(taken <= 11);
    CHECK(stage.last<wire::Puback>(device).properties.reason_string);
    stage.publish(device, "t", "small", Qos::exactly_once);
    CHECK(stage.take(device) == Lines{"pubrec 151"});
    CHECK(stage.core.counters().over_memory == 2);
    CHECK(stage.core.counters().deliveries.queue_full == 0);

    const auto back = stage.application_opened("away", lasting());
    CHECK(stage.take(back).size() == static_cast<std::size_t>(taken) + 1);
    stage.publish(device, "t", "small", Qos::at_least_once);
    CHECK(stage.take(device) == Lines{"puback 151"});  // Sent, but not yet acknowledged.
    while (stage.acknowledge_oldest(back)) {
    }
    stage.publish(device, "t", "small", Qos::at_least_once);
    CHECK(stage.take(device) == Lines{"puback 0"});
}

TEST_CASE("at the memory ceiling a 3.1.1 client that publishes QoS 1 is disconnected: it has no other word for it") {
    BoundedStage bounded;
    Stage& stage = bounded.stage;
    leave_behind(stage, "away", "#");
    const auto device = stage.device("press-01");
    bounded.fill(device);
    wire::Connect connect;
    connect.version = wire::Version::v311;
    const auto old = stage.device("press-02", "acme", connect);
    stage.publish(old, "t", "x", Qos::at_least_once);
    CHECK(stage.take(old).empty());
    CHECK(stage.is_closed(old));
    CHECK_FALSE(stage.is_closed(device));
}

TEST_CASE("at the memory ceiling QoS 0 still goes to who takes it, retained messages only go, and wills are not taken") {
    BoundedStage bounded;
    Stage& stage = bounded.stage;
    const auto device = stage.device("press-01");
    stage.publish(device, "old", "1", Qos::at_least_once, true);
    leave_behind(stage, "away", "press-01/t");
    const auto app = stage.application("dash");
    stage.subscribe(app, "#", Qos::at_most_once);
    stage.take(app);
    stage.take(device);
    bounded.fill(device);
    stage.take(app);

    stage.publish(device, "t", "quick", Qos::at_most_once);
    CHECK(stage.take(app) == Lines{"press-01/t=quick q0"});
    stage.publish(device, "new", "kept", Qos::at_most_once, true);
    CHECK(stage.take(app).empty());
    CHECK(stage.core.census().retained == 1);
    stage.publish(device, "old", "", Qos::at_least_once, true);
    CHECK(stage.take(device) == Lines{"puback 0"});
    CHECK(stage.core.census().retained == 0);

    wire::Connect with_will;
    with_will.will.emplace().topic = "gone";
    const auto refused = stage.application_opened("other", with_will);
    CHECK(stage.take(refused) == Lines{"connack 151"});
    CHECK(stage.take(stage.application_opened("third", {})) == Lines{"connack 0"});
}

TEST_CASE("one copy of a message counts once, however many wait for it; what each of them costs beside it counts too") {
    BoundedStage bounded;
    Stage& stage = bounded.stage;
    const auto device = stage.device("press-01");
    for (int i = 0; i < 5; ++i) leave_behind(stage, "away-" + std::to_string(i), "#");
    const std::size_t before = bounded.used();
    stage.publish(device, "t", std::string(large, 'x'), Qos::at_least_once);
    const std::size_t after = bounded.used();
    CHECK(after - before >= large + 5 * sizeof(core::Delivery));
    CHECK(after - before < 2 * large);
}

TEST_CASE("over random operations the memory account is right in the end: everything that was counted is given back") {
    BoundedStage bounded;
    Stage& stage = bounded.stage;
    SeededRandom random(7);
    const auto draw = [&](std::size_t below) { return static_cast<std::size_t>(random.next() % below); };
    std::map<std::string, core::ConnectionId> open;
    const auto device = stage.device("press-01");
    for (int i = 0; i < 20'000; ++i) {
        const std::string name = "app-" + std::to_string(draw(5));
        const auto found = open.find(name);
        const std::size_t what = draw(12);
        if (found == open.end()) {
            auto connect = lasting();
            const std::string will_topic = "will/" + name;
            if (draw(3) == 0) connect.will.emplace().topic = will_topic;
            connect.clean_start = draw(4) == 0;
            const auto id = stage.application_opened(name, connect);
            if (!stage.take(id).empty() && !stage.is_closed(id)) open[name] = id;
        } else if (what == 0) {
            stage.core.connection_lost(found->second, stage.clock.now());
            open.erase(found);
        } else if (what == 1) {
            stage.subscribe(found->second, draw(2) == 0 ? "#" : "$share/g/#", draw(2) == 0 ? Qos::exactly_once : Qos::at_least_once);
        } else if (what == 2) {
            if (stage.congested.erase(found->second) == 0) stage.congested.insert(found->second);
        } else if (what < 5) {
            stage.acknowledge_oldest(found->second);
        } else {
            const auto qos = static_cast<Qos>(draw(2));
            const std::string payload(draw(10) == 0 ? 0 : draw(3'000), 'x');
            stage.publish(device, "t" + std::to_string(draw(3)), payload, qos, draw(5) == 0);
        }
        if (i % 100 == 0) stage.advance(draw(50) == 0 ? 200s : 1s);
        if (i % 1'000 == 0) stage.forget();
        if (draw(50) == 0) stage.say(device, wire::Pingreq{});
    }
    CHECK(bounded.used() > 0);
    CHECK(bounded.used() < ceiling_bytes + (64U << 10U) + 10'000);
    stage.core.forget_everything(stage.clock.now());
    CHECK(bounded.used() == 0);
    stage.advance(200s);  // Nothing of it has a timer left.
}

TEST_CASE("a member of a shared subscription whose network takes no more is passed over, unless all are so") {
    Stage stage;
    const auto device = stage.device("press-01");
    const auto one = stage.application("one");
    const auto two = stage.application("two");
    for (const auto app : {one, two}) {
        stage.subscribe(app, "$share/g/#");
        stage.take(app);
    }
    stage.congested.insert(one);
    for (const auto* payload : {"1", "2", "3"}) stage.publish(device, "t", payload, Qos::at_least_once);
    CHECK(stage.take(two) == Lines{"press-01/t=1 q1", "press-01/t=2 q1", "press-01/t=3 q1"});
    stage.congested.insert(two);
    stage.publish(device, "t", "4", Qos::at_least_once);
    stage.publish(device, "t", "5", Qos::at_least_once);
    stage.congested.clear();
    for (const auto app : {one, two}) stage.core.writable(app, stage.clock.now());
    CHECK(stage.take(one) == Lines{"press-01/t=4 q1"});
    CHECK(stage.take(two) == Lines{"press-01/t=5 q1"});
}

}  // namespace muster::test
