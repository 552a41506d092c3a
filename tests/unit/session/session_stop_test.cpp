// SPDX-License-Identifier: Apache-2.0
// Stopping, in every state.
#include "dialogue.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <vector>

namespace muster::test {

TEST_CASE("a session that was never started stops at once") {
    Dialogue dialogue;
    dialogue.session.stop(dialogue.now, dialogue.now + milliseconds(5'000), true);
    CHECK(dialogue.said() == Said{"report stopped", "stopped"});
}

TEST_CASE("an idle connection is closed and then stopped") {
    Dialogue dialogue;
    dialogue.connect();
    dialogue.session.records(dialogue.link, {}, dialogue.now);
    dialogue.session.stop(dialogue.now, dialogue.now + milliseconds(5'000), false);
    CHECK(dialogue.said() == Said{"report draining", "close 1"});
    dialogue.lose(Code::stopped);
    CHECK(dialogue.said() == Said{"release all", "report stopped", "stopped"});
}

TEST_CASE("what waits is sent before the connection is closed") {
    Dialogue dialogue;
    dialogue.connect();
    dialogue.session.stop(dialogue.now, dialogue.now + milliseconds(5'000), true);
    CHECK(dialogue.said() == Said{"report draining"});
    dialogue.session.records(dialogue.link, {record(1)}, dialogue.now);
    CHECK(dialogue.said() == Said{"send 1", "fetch"});
    dialogue.session.records(dialogue.link, {}, dialogue.now);
    CHECK(dialogue.said().empty());
    dialogue.session.sent(dialogue.link, 1, {}, dialogue.now);
    CHECK(dialogue.said() == Said{"settle 1", "close 1"});
}

TEST_CASE("at the deadline the connection is closed with things waiting") {
    Dialogue dialogue;
    dialogue.connect();
    dialogue.session.records(dialogue.link, {record(1)}, dialogue.now);
    dialogue.session.stop(dialogue.now, dialogue.now + milliseconds(100), true);
    dialogue.said();
    dialogue.advance(milliseconds(100));
    CHECK(dialogue.said() == Said{"close 1"});
    CHECK(dialogue.wait() == Said{"release all", "report stopped", "stopped"});
}

TEST_CASE("without a connection and with nothing waiting it stops at once") {
    Dialogue dialogue;
    dialogue.connect();
    dialogue.lose();
    dialogue.said();
    dialogue.session.stop(dialogue.now, dialogue.now + milliseconds(5'000), false);
    CHECK(dialogue.said() == Said{"report draining", "report stopped", "stopped"});
}

TEST_CASE("without a connection and with something waiting it tries until the deadline") {
    session::SessionConfig config;
    config.backoff.base = milliseconds(10);
    config.backoff.cap = milliseconds(10);
    Dialogue dialogue(config);
    dialogue.connect();
    dialogue.lose();
    dialogue.said();
    dialogue.session.stop(dialogue.now, dialogue.now + milliseconds(60'000), true);
    CHECK(dialogue.said() == Said{"report draining"});
    CHECK(dialogue.wait() == Said{"open 3 at 0"});
    dialogue.session.link_up(dialogue.link, {}, dialogue.now);
    CHECK(dialogue.said() == Said{"fetch"});
}

TEST_CASE("a connection whose subscriptions are not answered yet is closed at once if nothing waits") {
    Dialogue dialogue;
    dialogue.session.subscribe("a", Qos::at_least_once, dialogue.now);
    dialogue.connect();
    dialogue.session.stop(dialogue.now, dialogue.now + milliseconds(60'000), false);
    CHECK(dialogue.said() == Said{"report draining", "close 1"});
}

TEST_CASE("an attempt under way is abandoned at once if nothing waits") {
    Dialogue dialogue;
    dialogue.session.start(dialogue.now);
    dialogue.said();
    dialogue.session.stop(dialogue.now, dialogue.now + milliseconds(60'000), false);
    CHECK(dialogue.said() == Said{"report draining", "close 1"});
    dialogue.lose(Code::stopped);
    CHECK(dialogue.said() == Said{"release all", "report stopped", "stopped"});
}

TEST_CASE("a stop in the middle of closing a silent attempt still sends what waits") {
    session::SessionConfig config;
    config.backoff.base = milliseconds(10);
    config.backoff.cap = milliseconds(10);
    Dialogue dialogue(config);
    dialogue.session.start(dialogue.now);
    dialogue.said();
    CHECK(dialogue.wait() == Said{"close 1"});
    dialogue.session.stop(dialogue.now, dialogue.now + milliseconds(60'000), true);
    CHECK(dialogue.said() == Said{"report draining"});
    dialogue.lose(Code::stopped);
    CHECK(dialogue.said() == Said{"release all"});
    CHECK(dialogue.wait() == Said{"open 3 at 0"});
}

TEST_CASE("a connection made again for its keep-alive does not end the draining") {
    Dialogue dialogue;
    dialogue.session.start(dialogue.now);
    dialogue.session.stop(dialogue.now, dialogue.now + milliseconds(60'000), true);
    dialogue.said();
    transport::LinkUp up;
    up.server_keep_alive = std::chrono::seconds(10);
    dialogue.session.link_up(dialogue.link, up, dialogue.now);
    CHECK(dialogue.said() == Said{"close 1"});
    dialogue.lose(Code::stopped);
    CHECK(dialogue.said() == Said{"release all", "open 3 at 0"});
    dialogue.session.link_up(dialogue.link, up, dialogue.now);
    CHECK(dialogue.said() == Said{"fetch"});
}

TEST_CASE("in every state a stop is over a second after its deadline") {
    const std::vector<std::function<void(Dialogue&)>> states{
        [](Dialogue& dialogue) { dialogue.session.start(dialogue.now); },
        [](Dialogue& dialogue) {
            dialogue.connect();
            dialogue.lose(Code::denied);
        },
        [](Dialogue& dialogue) {
            dialogue.session.subscribe("a", Qos::at_least_once, dialogue.now);
            dialogue.connect();
        },
        [](Dialogue& dialogue) {
            dialogue.connect();
            dialogue.session.records(dialogue.link, {record(1)}, dialogue.now);
        },
        [](Dialogue& dialogue) {
            dialogue.session.start(dialogue.now);
            dialogue.wait();
        },
    };
    for (std::size_t i = 0; i < states.size(); ++i) {
        Dialogue dialogue;
        states[i](dialogue);
        dialogue.said();
        const auto deadline = dialogue.now + milliseconds(700);
        dialogue.session.stop(dialogue.now, deadline, true);
        Said said = dialogue.said();
        while (dialogue.session.next_deadline()) {
            for (auto& word : dialogue.wait()) said.push_back(word);
        }
        INFO("state " << i);
        CHECK(said.back() == "stopped");
        CHECK(dialogue.now <= deadline + milliseconds(1'000));
    }
}

TEST_CASE("stopping twice is stopping once") {
    Dialogue dialogue;
    dialogue.connect();
    dialogue.session.records(dialogue.link, {}, dialogue.now);
    dialogue.session.stop(dialogue.now, dialogue.now, false);
    dialogue.said();
    dialogue.session.stop(dialogue.now, dialogue.now, false);
    CHECK(dialogue.said().empty());
}

TEST_CASE("a stopped session takes no more events") {
    Dialogue dialogue;
    dialogue.session.stop(dialogue.now, dialogue.now, false);
    dialogue.said();
    dialogue.session.start(dialogue.now);
    dialogue.session.records_available(dialogue.now);
    dialogue.session.tick(dialogue.now);
    CHECK(dialogue.said().empty());
    CHECK_FALSE(dialogue.session.next_deadline());
}

}  // namespace muster::test
