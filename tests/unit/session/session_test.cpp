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
    CHECK(dialogue.said() == Said{"refused b", "report connected", "fetch"});
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

TEST_CASE("a connection request without an answer is given up after the connect timeout") {
    Dialogue dialogue;
    dialogue.session.start(dialogue.now);
    dialogue.said();
    const auto before = dialogue.now;
    CHECK(dialogue.wait() == Said{"close 1"});
    CHECK(dialogue.now - before == milliseconds(10'000));
    dialogue.lose(Code::stopped);
    CHECK(dialogue.said() == Said{"release all", "report waiting"});
}

TEST_CASE("a transport that never says its link is down does not stop the session") {
    Dialogue dialogue;
    dialogue.session.start(dialogue.now);
    dialogue.said();
    dialogue.wait();
    CHECK(dialogue.wait() == Said{"release all", "report waiting"});
}

TEST_CASE("a subscription without an answer costs the connection") {
    Dialogue dialogue;
    dialogue.session.subscribe("a", Qos::at_most_once, dialogue.now);
    dialogue.connect();
    CHECK(dialogue.wait() == Said{"close 1"});
}

TEST_CASE("a message that the broker refuses for good is rejected, the others go on") {
    Dialogue dialogue;
    dialogue.connect();
    dialogue.session.records(dialogue.link, {record(1), record(2)}, dialogue.now);
    dialogue.said();
    dialogue.session.sent(dialogue.link, 1, Error{Code::denied, "no"}, dialogue.now);
    dialogue.session.sent(dialogue.link, 2, {}, dialogue.now);
    CHECK(dialogue.said() == Said{"reject 1", "settle 2"});
}

TEST_CASE("a message that a busy broker did not take goes back, and sending pauses") {
    session::SessionConfig config;
    config.window = 1;
    Dialogue dialogue(config);
    dialogue.connect();
    dialogue.session.records(dialogue.link, {record(1), record(2)}, dialogue.now);
    dialogue.said();
    dialogue.session.sent(dialogue.link, 1, Error{Code::unavailable, "quota"}, dialogue.now);
    CHECK(dialogue.said() == Said{"release 1 2"});
    const auto before = dialogue.now;
    CHECK(dialogue.wait() == Said{"fetch"});
    CHECK(dialogue.now - before >= milliseconds(1'000));
}

TEST_CASE("a message larger than the broker takes is rejected without being sent") {
    Dialogue dialogue;
    transport::LinkUp up;
    up.maximum_packet_size = 100;
    dialogue.connect(up);
    auto large = record(1);
    large.message.payload.assign(200, 'x');
    dialogue.session.records(dialogue.link, {large, record(2)}, dialogue.now);
    CHECK(dialogue.said() == Said{"reject 1", "send 2", "fetch"});
}

TEST_CASE("a shorter keep-alive that the broker asks for is used from the next connection on, which is made at once") {
    Dialogue dialogue;
    transport::LinkUp up;
    up.server_keep_alive = std::chrono::seconds(10);
    CHECK(dialogue.connect(up) == Said{"close 1"});
    dialogue.lose(Code::stopped);
    CHECK(dialogue.said().front() == "release all");
    dialogue.session.link_up(dialogue.link, up, dialogue.now);
    CHECK(dialogue.said() == Said{"report connected", "fetch"});
    CHECK(dialogue.session.disconnects() == 0);
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
