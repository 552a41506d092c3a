// SPDX-License-Identifier: Apache-2.0
// Names and duties of a run's clients.
#include "bench/layout.hpp"

#include "bench/names.hpp"

#include <catch2/catch.hpp>

namespace muster::test {

using namespace fleet;

TEST_CASE("a pattern's places are filled in") {
    CHECK(expand_name("bench-%r-%i", 7, "run") == "bench-run-7");
    CHECK(expand_name("100%%/%i", 7, "run") == "100%/7");
    CHECK(expand_name("%x%", 7, "run") == "%x%");
    CHECK(expand_name("%%i", 7, "run") == "%i");
}

TEST_CASE("a topic pattern's filter has a wildcard for each level that varies") {
    CHECK(bench_filter("bench/%i", "run") == "bench/+");
    CHECK(bench_filter("%r/d-%i/x", "run") == "run/+/x");
    CHECK(bench_filter("fixed", "run") == "fixed");
}

TEST_CASE("receivers and senders are those of the kind") {
    BenchPlan plan;
    plan.run_id = "r";
    plan.clients = 10;
    plan.peers = 2;
    plan.rate = 1;
    plan.names.topic = "bench/%i";
    plan.peer_names.client_id = "peer-%i";
    plan.peer_names.topic = "bench/+";
    SECTION("conn") {
        plan.kind = BenchKind::conn;
        const Layout layout(plan);
        CHECK(layout.receivers() == 0);
        CHECK(layout.senders() == 10);
        CHECK(layout.publishers() == 0);
        CHECK(layout.sender(3).client_id == "bench-r-3");
        CHECK(layout.sender(3).topic.empty());
    }
    SECTION("pingpong") {
        plan.kind = BenchKind::pingpong;
        const Layout layout(plan);
        CHECK(layout.receivers() == 0);
        CHECK(layout.publishers() == 10);
        CHECK(layout.is_end_to_end());
        CHECK(layout.sender(3).topic == "bench/3");
        CHECK(layout.sender(3).filter == "bench/3");
    }
    SECTION("fanin") {
        plan.kind = BenchKind::fanin;
        const Layout layout(plan);
        CHECK(layout.receivers() == 2);
        CHECK(layout.publishers() == 10);
        CHECK(layout.copies() == 2);
        CHECK(layout.receiver(1).client_id == "peer-1");
        CHECK(layout.receiver(1).filter == "bench/+");
        CHECK(layout.sender(3).filter.empty());
    }
    SECTION("a shared subscription gets each message once") {
        plan.kind = BenchKind::fanin;
        plan.peer_names.topic = "$share/g/bench/+";
        CHECK(Layout(plan).copies() == 1);
    }
    SECTION("sub with publishers") {
        plan.kind = BenchKind::sub;
        const Layout layout(plan);
        CHECK(layout.receivers() == 10);
        CHECK(layout.publishers() == 2);
        CHECK(layout.copies() == 10);
    }
    SECTION("sub without") {
        plan.kind = BenchKind::sub;
        plan.rate = 0;
        const Layout layout(plan);
        CHECK(layout.senders() == 0);
        CHECK(layout.is_passive());
        CHECK_FALSE(layout.is_end_to_end());
    }
}

TEST_CASE("certificates name the clients, a shared one does not") {
    BenchPlan plan;
    plan.kind = BenchKind::fanin;
    plan.run_id = "r";
    plan.clients = 2;
    plan.credentials = {{"a", "", ""}, {"b", "", ""}, {"c", "", ""}};
    plan.peers_have_credentials = true;
    const Layout layout(plan);
    CHECK(layout.sender(1).client_id == "b");
    CHECK(layout.credential_of(true, 0) == 2U);
    plan.peers_have_credentials = false;
    CHECK_FALSE(layout.credential_of(true, 0));
    plan.credentials.resize(1);
    CHECK(layout.sender(1).client_id == "bench-r-1");
    CHECK(layout.credential_of(false, 1) == 0U);
    plan.clients = 1;
    plan.peers_have_credentials = true;
    CHECK(layout.sender(0).client_id == "a");
    CHECK(layout.receiver(0).client_id == "bench-r-0");
}

}  // namespace muster::test
