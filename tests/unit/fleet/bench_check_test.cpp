// SPDX-License-Identifier: Apache-2.0
// A plan that contradicts itself is refused before anything is done.
#include <muster/fleet/bench.hpp>

#include <catch2/catch.hpp>

#include <functional>

namespace muster::test {

using namespace fleet;
using namespace std::chrono_literals;

namespace {

BenchPlan good(BenchKind kind) {
    BenchPlan plan;
    plan.kind = kind;
    plan.run_id = "r";
    plan.clients = 2;
    plan.rate = 10;
    plan.peer_names.topic = "bench/+";
    return plan;
}

std::string why_not(const BenchPlan& plan) {
    const auto checked = check(plan);
    if (checked) return "";
    CHECK(checked.error().code() == Code::invalid_argument);
    return checked.error().message();
}

}  // namespace

TEST_CASE("every kind of plan is good as it stands") {
    for (const auto kind : {BenchKind::conn, BenchKind::pub, BenchKind::pingpong, BenchKind::fanin, BenchKind::storm}) {
        CHECK(why_not(good(kind)).empty());
    }
}

TEST_CASE("what is wrong with a plan is named") {
    struct Case {
        std::function<void(BenchPlan&)> spoil;
        std::string why;
    };
    const std::vector<Case> cases{
        {[](BenchPlan& plan) { plan.port = 0; }, "the port is 0"},
        {[](BenchPlan& plan) { plan.clients = 0; }, "a bench has 1 to 1000000 clients"},
        {[](BenchPlan& plan) { plan.clients = 1'000'001; }, "a bench has 1 to 1000000 clients"},
        {[](BenchPlan& plan) { plan.peers = 0; }, "a bench has 1 to 1000000 peers"},
        {[](BenchPlan& plan) { plan.connect_rate = -1; }, "the connect rate is from 0 to 10000000 a second"},
        {[](BenchPlan& plan) { plan.rate = -1; }, "the rate is from 0 to 10000000 messages a second"},
        {[](BenchPlan& plan) { plan.rate = 0; }, "a rate of 0 sends nothing"},
        {[](BenchPlan& plan) { plan.connecting_at_once = 0; }, "at least one connection is begun at once"},
        {[](BenchPlan& plan) { plan.in_flight = 0; }, "a client has 1 to 65535 messages in flight"},
        {[](BenchPlan& plan) { plan.payload_bytes = 31; }, "a payload of 31 bytes is smaller than the 32 that number a message"},
        {[](BenchPlan& plan) { plan.payload_bytes = (64U << 20U) + 1; }, "a payload has at most 64 MiB"},
        {[](BenchPlan& plan) { plan.duration = 0ms; }, "a bench lasts from 1 ms to 7 days"},
        {[](BenchPlan& plan) { plan.warm_up = -1ms; }, "a warm-up lasts from 0 to 7 days"},
        {[](BenchPlan& plan) { plan.report_interval = 99ms; }, "intervals are from 100 ms to 1 h"},
        {[](BenchPlan& plan) { plan.keep_alive = 65'536s; }, "keep alive is from 0 to 65535 seconds"},
        {[](BenchPlan& plan) { plan.connect_timeout = 0ms; }, "the connect timeout is at least 1 ms"},
        {[](BenchPlan& plan) { plan.comeback.cap = 1ms; }, "the backoff's base is above its cap"},
        {[](BenchPlan& plan) { plan.run_id = ""; }, "a run needs an id"},
        {[](BenchPlan& plan) { plan.names.client_id = "same"; }, "all clients would have the client id 'same'"},
        {[](BenchPlan& plan) {
             plan.credentials = {{"a", "", ""}};
         },
         "certificates need TLS"},
        {[](BenchPlan& plan) {
             plan.clients = 3;
             plan.tls.emplace();
             plan.credentials = {{"a", "", ""}, {"b", "", ""}};
         },
         "there are 2 identities for 3 clients"},
        {[](BenchPlan& plan) {
             plan.more_nodes = {{"other", 0}};
         },
         "the port of other is 0"},
        {[](BenchPlan& plan) {
             plan.more_nodes = {{"other", 1, "/mqtt"}};
         },
         "the nodes of a broker speak one protocol: all of them WebSocket, or none"},
        {[](BenchPlan& plan) { plan.proxy.url = "socks://x"; }, "proxy 'socks://x': write it as http://HOST:PORT"},
        {[](BenchPlan& plan) { plan.greeting.publish.topic_alias = 1; },
         "a topic alias is none of a bench's: its messages name their topic"},
        {[](BenchPlan& plan) { plan.greeting.connect.receive_maximum = 0; }, "receive maximum is 1 to 65,535"},
    };
    for (const auto& one : cases) {
        BenchPlan plan = good(BenchKind::pub);
        one.spoil(plan);
        CHECK(why_not(plan) == one.why);
    }
}

TEST_CASE("topics and filters are checked as MQTT has them") {
    BenchPlan plan = good(BenchKind::pub);
    plan.names.topic = "bench/+";
    CHECK_FALSE(why_not(plan).empty());
    plan = good(BenchKind::fanin);
    plan.peer_names.topic = "bench/#/x";
    CHECK_FALSE(why_not(plan).empty());
}

}  // namespace muster::test
