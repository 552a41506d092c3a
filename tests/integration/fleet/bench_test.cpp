// SPDX-License-Identifier: Apache-2.0
// A bench counts exactly what a broker does with its clients and messages, on one thread and on several.
#include "integration/fleet/flat_broker.hpp"
#include "support/mosquitto_process.hpp"

#include <muster/fleet/bench.hpp>

#include <catch2/catch.hpp>

namespace muster::test {

using namespace fleet;
using namespace std::chrono_literals;

namespace {

BenchPlan plan_for(const FlatBroker& broker, BenchKind kind, std::uint32_t clients) {
    BenchPlan plan;
    plan.kind = kind;
    plan.port = broker.port();
    plan.clients = clients;
    plan.run_id = "test";
    plan.names.username = plan.peer_names.username = FlatBroker::username;
    plan.names.password = plan.peer_names.password = FlatBroker::password;
    plan.peer_names.client_id = "peer-%r-%i";
    plan.peer_names.topic = "bench/+";
    plan.duration = 60s;
    plan.rate = 2'000;
    plan.messages = 20;
    plan.drain = 30s;
    plan.comeback = {true, 50ms, 20ms, 100ms};
    return plan;
}

BenchResult play(const BenchPlan& plan) {
    const std::atomic<bool> stop{false};
    auto played = run_bench(plan, stop, {});
    if (!played) FAIL(played.error().message());
    const BenchResult result = std::move(*played);
    for (const auto& [why, count] : result.failures) UNSCOPED_INFO(why << ": " << count);
    CHECK(result.connections.failed == 0);
    CHECK(result.connections.lost == 0);
    return result;
}

void check_all_arrived(const BenchResult& result, std::uint64_t sent, std::uint64_t copies) {
    CHECK(result.messages.sent == sent);
    CHECK(result.expected == sent * copies);
    CHECK(result.lost == 0);
    CHECK(result.unsent == 0);
    CHECK(result.messages.duplicates == 0);
    CHECK(result.messages.out_of_order == 0);
    CHECK(result.messages.foreign == 0);
    CHECK(result.latency.count == sent * copies);
    CHECK(result.latency.p50 > 0ns);
    CHECK(result.latency.p50 <= result.latency.p999);
    CHECK(result.latency.p999 <= result.latency.max);
}

}  // namespace

TEST_CASE("clients connect at the rate that was asked for, and each is counted") {
    const FlatBroker broker;
    BenchPlan plan = plan_for(broker, BenchKind::conn, 20);
    plan.connect_rate = 200;
    plan.duration = 0ms;
    plan.threads = 2;
    const BenchResult result = play(plan);
    CHECK(result.connections.connected == 20);
    CHECK(result.connect.count == 20);
    CHECK(result.tcp.count == 20);
    CHECK(result.connecting >= 95ms);
}

TEST_CASE("what clients publish is acknowledged, whatever the version and the quality") {
    const FlatBroker broker;
    BenchPlan plan = plan_for(broker, BenchKind::pub, 10);
    plan.version = GENERATE(BenchMqtt::v311, BenchMqtt::v5);
    plan.qos = GENERATE(Qos::at_most_once, Qos::at_least_once);
    const BenchResult result = play(plan);
    check_all_arrived(result, 200, 1);
    CHECK(result.messages.acknowledged == (plan.qos == Qos::at_most_once ? 0 : 200));
}

TEST_CASE("each client's messages come back to it") {
    const FlatBroker broker;
    BenchPlan plan = plan_for(broker, BenchKind::pingpong, 10);
    plan.threads = GENERATE(1U, 3U);
    const BenchResult result = play(plan);
    check_all_arrived(result, 200, 1);
    CHECK(result.messages.received == 200);
}

TEST_CASE("all messages of many come to one") {
    const FlatBroker broker;
    BenchPlan plan = plan_for(broker, BenchKind::fanin, 10);
    plan.threads = GENERATE(1U, 3U);
    check_all_arrived(play(plan), 200, 1);
}

TEST_CASE("each message of one comes to all, and late ones of another run are told apart") {
    const FlatBroker broker;
    BenchPlan plan = plan_for(broker, BenchKind::sub, 10);
    plan.names.topic = "bench/+";
    plan.peer_names.topic = "bench/%i";
    plan.threads = 2;
    check_all_arrived(play(plan), 20, 10);
}

TEST_CASE("a fleet that was cut off comes back, and the time is told") {
    const FlatBroker broker;
    BenchPlan plan = plan_for(broker, BenchKind::storm, 50);
    plan.threads = 2;
    plan.comeback.jitter = GENERATE(true, false);
    const BenchResult result = play(plan);
    REQUIRE(result.storm);
    CHECK(result.storm->recoveries.size() == 50);
    CHECK(result.storm->p50 > 0ns);
    CHECK(result.storm->p50 <= result.storm->p99);
    CHECK(result.storm->all < 60s);
    CHECK(result.storm->attempts == 50);
    CHECK(result.connections.connected == 100);
    CHECK(result.storm->handshakes_per_second > 0);
}

TEST_CASE("every message of the time that was asked for is sent") {
    const FlatBroker broker;
    BenchPlan plan = plan_for(broker, BenchKind::pub, 3);
    plan.messages = 0;
    plan.duration = 200ms;
    plan.warm_up = 100ms;
    plan.rate = 1'000;
    const BenchResult result = play(plan);
    CHECK(result.messages.sent == 300);
    CHECK(result.lost == 0);
    CHECK(result.latency.count == 200);
}

TEST_CASE("intervals add up to the whole") {
    const FlatBroker broker;
    BenchPlan plan = plan_for(broker, BenchKind::pingpong, 4);
    plan.rate = 200;
    plan.messages = 60;
    plan.report_interval = 100ms;
    std::uint64_t told = 0;
    const std::atomic<bool> stop{false};
    const auto result = run_bench(plan, stop, [&](const BenchInterval& interval) { told += interval.messages.received; });
    REQUIRE(result.ok());
    CHECK(result->intervals.size() > 5);
    CHECK(told == 240);
    std::uint64_t connected = 0;
    for (const auto& interval : result->intervals) connected += interval.connections.connected;
    CHECK(connected == 4);
}

TEST_CASE("a refused client is told with the reason the broker gave") {
    const FlatBroker broker;
    BenchPlan plan = plan_for(broker, BenchKind::pub, 2);
    plan.names.password = "wrong";
    plan.version = GENERATE(BenchMqtt::v311, BenchMqtt::v5);
    const std::atomic<bool> stop{false};
    const auto result = run_bench(plan, stop, {});
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().code() == Code::denied);
    CHECK(result.error().message().find("the broker said CONNACK") == 0);
}

TEST_CASE("a port where nothing listens is unreachable") {
    const std::atomic<bool> stop{false};
    BenchPlan plan = plan_for(FlatBroker(), BenchKind::conn, 2);
    plan.port = 1;
    const auto result = run_bench(plan, stop, {});
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().code() == Code::unreachable);
}

TEST_CASE("a bench that is told to stop says what was until then") {
    const FlatBroker broker;
    BenchPlan plan = plan_for(broker, BenchKind::pub, 2);
    plan.messages = 0;
    plan.duration = 600s;
    plan.report_interval = 100ms;
    std::atomic<bool> stop{false};
    const auto result = run_bench(plan, stop, [&](const BenchInterval& interval) { stop = stop || interval.messages.sent > 0; });
    REQUIRE(result.ok());
    CHECK(result->interrupted);
    CHECK(result->messages.sent > 0);
    CHECK(result->messages.sent < 100'000);
}

TEST_CASE("Mosquitto takes the whole load with every quality of service") {
    const MosquittoProcess mosquitto;
    BenchPlan plan = plan_for(FlatBroker(), BenchKind::pingpong, 10);
    plan.port = mosquitto.port();
    plan.names.username = plan.names.password = "";
    plan.version = GENERATE(BenchMqtt::v311, BenchMqtt::v5);
    plan.qos = GENERATE(Qos::at_most_once, Qos::at_least_once, Qos::exactly_once);
    check_all_arrived(play(plan), 200, 1);
}

}  // namespace muster::test
