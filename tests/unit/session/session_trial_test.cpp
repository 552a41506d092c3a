// SPDX-License-Identifier: Apache-2.0
// A new credential is tried with a real connection; nothing in flight is lost or doubled, and a failed trial costs one attempt.
#include "dialogue.hpp"

#include <catch2/catch.hpp>

namespace muster::test {

TEST_CASE("an idle connection moves to the candidate at once") {
    Dialogue dialogue;
    dialogue.connect();
    dialogue.session.records(dialogue.link, {}, dialogue.now);
    dialogue.session.try_candidate(dialogue.now);
    CHECK(dialogue.said() == Said{"close 1"});
    dialogue.lose(Code::stopped);
    CHECK(dialogue.said() == Said{"release all", "try 3 at 0", "report connecting"});
    dialogue.session.link_up(dialogue.link, {}, dialogue.now);
    CHECK(dialogue.said() == Said{"trial good", "report connected", "fetch"});
    CHECK(dialogue.session.disconnects() == 0);
}

TEST_CASE("what is in flight is waited for before the connection moves, and nothing else is sent") {
    Dialogue dialogue;
    dialogue.connect();
    dialogue.session.records(dialogue.link, {record(1), record(2)}, dialogue.now);
    CHECK(dialogue.said() == Said{"send 1", "send 2", "fetch"});
    dialogue.session.try_candidate(dialogue.now);
    CHECK(dialogue.said().empty());
    dialogue.session.records(dialogue.link, {record(3)}, dialogue.now);
    CHECK(dialogue.said() == Said{"release 3"});
    dialogue.session.sent(dialogue.link, 1, {}, dialogue.now);
    CHECK(dialogue.said() == Said{"settle 1"});
    dialogue.session.sent(dialogue.link, 2, {}, dialogue.now);
    CHECK(dialogue.said() == Said{"settle 2", "close 1"});
    dialogue.lose(Code::stopped);
    CHECK(dialogue.said() == Said{"release all", "try 3 at 0", "report connecting"});
    CHECK(dialogue.session.redelivered() == 0);
}

TEST_CASE("an acknowledgement that does not come delays the move no longer than the connect timeout") {
    Dialogue dialogue;
    dialogue.connect();
    dialogue.session.records(dialogue.link, {record(1)}, dialogue.now);
    dialogue.said();
    const auto before = dialogue.now;
    dialogue.session.try_candidate(dialogue.now);
    CHECK(dialogue.said().empty());
    CHECK(dialogue.wait() == Said{"close 1"});
    CHECK(dialogue.now - before == milliseconds(10'000));
}

TEST_CASE("a failed trial is followed by the old credential at once, and is no failure of the connection") {
    const auto why = GENERATE(Code::tls, Code::denied, Code::unreachable);
    Dialogue dialogue;
    dialogue.connect();
    dialogue.session.records(dialogue.link, {}, dialogue.now);
    dialogue.session.try_candidate(dialogue.now);
    dialogue.lose(Code::stopped);
    dialogue.said();
    dialogue.lose(why);
    CHECK(dialogue.said() == Said{"release all", "trial failed", "open 5 at 0", "report connecting"});
    dialogue.session.link_up(dialogue.link, {}, dialogue.now);
    CHECK(dialogue.said() == Said{"report connected", "fetch"});
}

TEST_CASE("a trial that does not get its subscriptions answered has failed") {
    Dialogue dialogue;
    dialogue.session.subscribe("a", Qos::at_least_once, dialogue.now);
    dialogue.session.try_candidate(dialogue.now);
    dialogue.session.start(dialogue.now);
    CHECK(dialogue.said() == Said{"try 1 at 0", "report connecting"});
    dialogue.session.link_up(dialogue.link, {}, dialogue.now);
    dialogue.said();
    dialogue.lose();
    CHECK(dialogue.said() == Said{"release all", "trial failed", "open 3 at 0", "report connecting"});
}

TEST_CASE("a candidate that comes while the session waits is tried without the rest of the delay") {
    Dialogue dialogue;
    dialogue.session.start(dialogue.now);
    dialogue.said();
    dialogue.lose(Code::tls);
    CHECK(dialogue.said() == Said{"release all", "report refused"});
    dialogue.session.try_candidate(dialogue.now);
    CHECK(dialogue.said() == Said{"try 3 at 0", "report connecting"});
}

TEST_CASE("a candidate that comes while a link is opened is tried when that link is up") {
    Dialogue dialogue;
    dialogue.session.start(dialogue.now);
    dialogue.said();
    dialogue.session.try_candidate(dialogue.now);
    CHECK(dialogue.said().empty());
    dialogue.session.link_up(dialogue.link, {}, dialogue.now);
    CHECK(dialogue.said() == Said{"report connected", "close 1"});
}

TEST_CASE("a trial that is asked for another keep-alive goes on as a trial") {
    Dialogue dialogue;
    dialogue.session.try_candidate(dialogue.now);
    dialogue.session.start(dialogue.now);
    dialogue.said();
    transport::LinkUp up;
    up.server_keep_alive = std::chrono::seconds(10);
    dialogue.session.link_up(dialogue.link, up, dialogue.now);
    dialogue.lose(Code::stopped);
    CHECK(dialogue.said() == Said{"close 1", "release all", "try 3 at 0", "report connecting"});
}

TEST_CASE("a stopping session drains, and tries nothing") {
    Dialogue dialogue;
    dialogue.connect();
    dialogue.session.records(dialogue.link, {record(1)}, dialogue.now);
    dialogue.said();
    dialogue.session.try_candidate(dialogue.now);
    dialogue.session.stop(dialogue.now, dialogue.now + milliseconds(5'000), true);
    dialogue.session.try_candidate(dialogue.now);
    dialogue.session.sent(dialogue.link, 1, {}, dialogue.now);
    CHECK(dialogue.said() == Said{"report draining", "settle 1"});
    dialogue.session.records(dialogue.link, {}, dialogue.now);
    CHECK(dialogue.said() == Said{"fetch"});
    dialogue.session.records(dialogue.link, {}, dialogue.now);
    CHECK(dialogue.said() == Said{"close 1"});
    dialogue.lose(Code::stopped);
    CHECK(dialogue.said() == Said{"release all", "report stopped", "stopped"});
}

}  // namespace muster::test
