// SPDX-License-Identifier: Apache-2.0
// The session's dialogue with network and outbox.
#include "session/session.hpp"

#include "dialogue.hpp"

#include <catch2/catch.hpp>

namespace muster::test {

TEST_CASE("a session without subscriptions connects, reports it and fetches") {
    Dialogue dialogue;
    dialogue.session.start(dialogue.now);
    CHECK(dialogue.said() == Said{"open 1 at 0", "report connecting"});
    dialogue.session.link_up(1, {}, dialogue.now);
    CHECK(dialogue.said() == Said{"report connected", "fetch"});
}

TEST_CASE("subscriptions are made and answered before anything is sent, after every reconnect") {
    Dialogue dialogue;
    dialogue.session.subscribe("a/#", Qos::at_least_once, dialogue.now);
    CHECK(dialogue.connect() == Said{"subscribe a/#"});
    dialogue.session.records_available(dialogue.now);
    CHECK(dialogue.said().empty());
    dialogue.session.subscribed(dialogue.link, {{}}, dialogue.now);
    CHECK(dialogue.said() == Said{"report connected", "fetch"});
    dialogue.lose();
    dialogue.said();
    dialogue.wait();
    dialogue.session.link_up(dialogue.link, {}, dialogue.now);
    CHECK(dialogue.said() == Said{"subscribe a/#"});
}

TEST_CASE("a refused filter is reported and the session goes on") {
    Dialogue dialogue;
    dialogue.session.subscribe("a", Qos::at_least_once, dialogue.now);
    dialogue.session.subscribe("b", Qos::at_least_once, dialogue.now);
    dialogue.connect();
    dialogue.session.subscribed(dialogue.link, {{}, Error{Code::denied, "no"}}, dialogue.now);
    CHECK(dialogue.said() == Said{"refused b", "report connected", "report degraded", "fetch"});
    CHECK(dialogue.session.subscriptions().refusal()->code() == Code::denied);
}

TEST_CASE("a record is settled when it is acknowledged, and not before") {
    Dialogue dialogue;
    dialogue.connect();
    dialogue.session.records(dialogue.link, {record(1), record(2)}, dialogue.now);
    CHECK(dialogue.said() == Said{"send 1", "send 2", "fetch"});
    dialogue.session.sent(dialogue.link, 2, {}, dialogue.now);
    CHECK(dialogue.said() == Said{"settle 2"});
    dialogue.session.sent(dialogue.link, 2, {}, dialogue.now);
    CHECK(dialogue.said().empty());
}

TEST_CASE("acknowledgements of one turn are settled together") {
    Dialogue dialogue;
    dialogue.connect();
    dialogue.session.records(dialogue.link, {record(1), record(2), record(3)}, dialogue.now);
    dialogue.said();
    for (const auto id : {1U, 2U, 3U}) dialogue.session.sent(dialogue.link, id, {}, dialogue.now);
    CHECK(dialogue.said() == Said{"settle 1 2 3"});
}

TEST_CASE("the window is the smaller of ours and the broker's") {
    session::SessionConfig config;
    config.window = 3;
    Dialogue dialogue(config);
    transport::LinkUp up;
    up.receive_maximum = 2;
    dialogue.connect(up);
    dialogue.session.records(dialogue.link, {record(1), record(2), record(3)}, dialogue.now);
    CHECK(dialogue.said() == Said{"send 1", "send 2"});
    dialogue.session.sent(dialogue.link, 1, {}, dialogue.now);
    CHECK(dialogue.said() == Said{"send 3", "fetch", "settle 1"});
}

TEST_CASE("a lost connection puts everything unacknowledged back, after what was acknowledged is settled") {
    Dialogue dialogue;
    dialogue.connect();
    dialogue.session.records(dialogue.link, {record(1), record(2)}, dialogue.now);
    dialogue.said();
    dialogue.session.sent(dialogue.link, 1, {}, dialogue.now);
    dialogue.lose();
    CHECK(dialogue.said() == Said{"settle 1", "release all", "report waiting"});
}

TEST_CASE("what is sent again after a loss is counted") {
    Dialogue dialogue;
    dialogue.connect();
    dialogue.session.records(dialogue.link, {record(1), record(2)}, dialogue.now);
    dialogue.lose();
    dialogue.said();
    dialogue.wait();
    dialogue.session.link_up(dialogue.link, {}, dialogue.now);
    dialogue.session.records(dialogue.link, {record(1), record(2), record(3)}, dialogue.now);
    CHECK(dialogue.session.redelivered() == 2);
}

TEST_CASE("records fetched for a link that is gone are ignored") {
    Dialogue dialogue;
    dialogue.connect();
    const auto old = dialogue.link;
    dialogue.lose();
    dialogue.said();
    dialogue.session.records(old, {record(1)}, dialogue.now);
    CHECK(dialogue.said().empty());
}

TEST_CASE("late events of an old link change nothing") {
    Dialogue dialogue;
    dialogue.connect();
    const auto old = dialogue.link;
    dialogue.lose();
    dialogue.said();
    dialogue.wait();
    dialogue.session.link_up(dialogue.link, {}, dialogue.now);
    dialogue.said();
    dialogue.session.link_down(old, Error{Code::unreachable, "late"}, dialogue.now);
    dialogue.session.sent(old, 1, {}, dialogue.now);
    dialogue.session.subscribed(old, {}, dialogue.now);
    CHECK(dialogue.said().empty());
    CHECK(dialogue.session.is_up());
}

TEST_CASE("a subscription added while connected is asked for once the outstanding one is answered") {
    Dialogue dialogue;
    dialogue.session.subscribe("a", Qos::at_least_once, dialogue.now);
    dialogue.connect();
    dialogue.session.subscribe("b", Qos::at_least_once, dialogue.now);
    CHECK(dialogue.said().empty());
    dialogue.session.subscribed(dialogue.link, {{}}, dialogue.now);
    CHECK(dialogue.said() == Said{"subscribe b"});
    CHECK_FALSE(dialogue.session.is_up());
    dialogue.session.subscribed(dialogue.link, {{}}, dialogue.now);
    CHECK(dialogue.session.is_up());
}

}  // namespace muster::test
