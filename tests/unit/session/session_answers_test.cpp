// SPDX-License-Identifier: Apache-2.0
// A connection on which messages are never answered is no connection.
#include "dialogue.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using std::chrono::seconds;

session::SessionConfig patient_for(seconds keep_alive, milliseconds connect_timeout) {
    session::SessionConfig config;
    config.keep_alive = keep_alive;
    config.connect_timeout = connect_timeout;
    config.window = 2;
    return config;
}

}  // namespace

TEST_CASE("messages that nobody answers end the connection after two keep-alives, and are sent again") {
    Dialogue dialogue(patient_for(seconds(60), seconds(10)));
    dialogue.connect();
    dialogue.session.records(dialogue.link, {record(1)}, dialogue.now);
    CHECK(dialogue.said() == Said{"send 1", "fetch"});
    dialogue.session.records(dialogue.link, {}, dialogue.now);
    const auto sent = dialogue.now;
    CHECK(dialogue.wait() == Said{"report degraded"});
    CHECK(dialogue.now - sent == seconds(60));
    CHECK(dialogue.wait() == Said{"close 1"});
    CHECK(dialogue.now - sent == seconds(120));
    dialogue.lose(Code::stopped);
    CHECK(dialogue.said() == Said{"release all", "report waiting"});
    CHECK(dialogue.session.disconnects() == 1);
}

TEST_CASE("every answer renews the patience, and without messages there is nothing to wait for") {
    Dialogue dialogue(patient_for(seconds(60), seconds(10)));
    dialogue.connect();
    dialogue.session.records(dialogue.link, {record(1), record(2)}, dialogue.now);
    dialogue.said();
    dialogue.session.records(dialogue.link, {}, dialogue.now);
    dialogue.advance(seconds(59));
    dialogue.session.sent(dialogue.link, 1, {}, dialogue.now);
    CHECK(dialogue.said() == Said{"settle 1"});
    dialogue.advance(seconds(59));
    CHECK(dialogue.said().empty());
    dialogue.advance(seconds(60));
    CHECK(dialogue.said() == Said{"report degraded"});
    dialogue.session.sent(dialogue.link, 2, {}, dialogue.now);
    CHECK(dialogue.said() == Said{"report connected", "settle 2"});
    CHECK_FALSE(dialogue.session.next_deadline());
}

TEST_CASE("with a short keep-alive, answers are waited for as long as for a connection") {
    Dialogue dialogue(patient_for(seconds(1), seconds(10)));
    dialogue.connect();
    dialogue.session.records(dialogue.link, {record(1)}, dialogue.now);
    dialogue.said();
    dialogue.session.records(dialogue.link, {}, dialogue.now);
    const auto sent = dialogue.now;
    CHECK(dialogue.wait() == Said{"report degraded"});
    CHECK(dialogue.wait() == Said{"close 1"});
    CHECK(dialogue.now - sent == seconds(10));
}

TEST_CASE("a keep-alive that the broker asked for is the one that counts") {
    Dialogue dialogue(patient_for(seconds(60), seconds(1)));
    transport::LinkUp up;
    up.server_keep_alive = seconds(20);
    dialogue.connect(up);
    dialogue.lose(Code::stopped);
    dialogue.said();
    dialogue.session.link_up(dialogue.link, up, dialogue.now);
    dialogue.session.records(dialogue.link, {record(1)}, dialogue.now);
    dialogue.said();
    dialogue.session.records(dialogue.link, {}, dialogue.now);
    const auto sent = dialogue.now;
    CHECK(dialogue.wait() == Said{"report degraded"});
    CHECK(dialogue.now - sent == seconds(20));
    dialogue.wait();
    CHECK(dialogue.now - sent == seconds(40));
}

}  // namespace muster::test
