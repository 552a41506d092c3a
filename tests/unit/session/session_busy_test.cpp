// SPDX-License-Identifier: Apache-2.0
// What a broker does not take now: it goes back in its order, and sending slows down.
#include "dialogue.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

const Error quota{Code::unavailable, "quota exceeded"};

session::SessionConfig window_of(std::size_t window) {
    session::SessionConfig config;
    config.window = window;
    return config;
}

}  // namespace

TEST_CASE("a message that a busy broker did not take goes back, and sending pauses") {
    Dialogue dialogue(window_of(1));
    dialogue.connect();
    dialogue.session.records(dialogue.link, {record(1), record(2)}, dialogue.now);
    dialogue.said();
    dialogue.session.sent(dialogue.link, 1, quota, dialogue.now);
    CHECK(dialogue.said() == Said{"release 1 2", "report degraded"});
    const auto before = dialogue.now;
    CHECK(dialogue.wait() == Said{"fetch"});
    CHECK(dialogue.now - before >= milliseconds(1'000));
}

TEST_CASE("what was being fetched when the broker was busy goes back too, and does not overtake") {
    Dialogue dialogue(window_of(2));
    dialogue.connect();
    dialogue.session.records(dialogue.link, {record(1), record(2)}, dialogue.now);
    CHECK(dialogue.said() == Said{"send 1", "send 2", "fetch"});
    dialogue.session.sent(dialogue.link, 1, quota, dialogue.now);
    CHECK(dialogue.said() == Said{"release 1", "report degraded"});
    dialogue.session.records(dialogue.link, {record(3), record(4)}, dialogue.now);
    CHECK(dialogue.said() == Said{"release 3 4"});
    CHECK(dialogue.wait() == Said{"fetch"});
    dialogue.session.records(dialogue.link, {record(1), record(3)}, dialogue.now);
    CHECK(dialogue.said() == Said{"send 1"});
}

TEST_CASE("a fetch that is to go back and that the connection outlives is not mistaken for the next one") {
    Dialogue dialogue(window_of(1));
    dialogue.connect();
    dialogue.session.records(dialogue.link, {record(1)}, dialogue.now);
    dialogue.session.sent(dialogue.link, 1, quota, dialogue.now);
    dialogue.lose();
    dialogue.said();
    dialogue.wait();
    dialogue.session.link_up(dialogue.link, {}, dialogue.now);
    dialogue.said();
    dialogue.session.records(dialogue.link, {record(1)}, dialogue.now);
    CHECK(dialogue.said() == Said{"send 1", "fetch"});
}

TEST_CASE("the weather of the network never costs an accepted message") {
    for (const auto code : {Code::unreachable, Code::timeout, Code::unavailable, Code::taken_over, Code::stopped}) {
        Dialogue dialogue(window_of(1));
        dialogue.connect();
        dialogue.session.records(dialogue.link, {record(1), record(2)}, dialogue.now);
        dialogue.said();
        dialogue.session.sent(dialogue.link, 1, Error{code, "lost"}, dialogue.now);
        INFO(name_of(code));
        CHECK(dialogue.said() == Said{"release 1 2", "report degraded"});
    }
}

TEST_CASE("a message that the broker refuses for good is rejected, the others go on") {
    for (const auto code : {Code::denied, Code::rejected, Code::too_large, Code::invalid_argument}) {
        Dialogue dialogue;
        dialogue.connect();
        dialogue.session.records(dialogue.link, {record(1), record(2)}, dialogue.now);
        dialogue.said();
        dialogue.session.sent(dialogue.link, 1, Error{code, "no"}, dialogue.now);
        dialogue.session.sent(dialogue.link, 2, {}, dialogue.now);
        INFO(name_of(code));
        CHECK(dialogue.said() == Said{"reject 1", "settle 2"});
    }
}

TEST_CASE("a broker that stays busy is asked less and less often, until it takes something") {
    Dialogue dialogue(window_of(1));
    dialogue.connect();
    milliseconds longest{0};
    const auto pause_once = [&dialogue] {
        dialogue.session.records(dialogue.link, {record(1)}, dialogue.now);
        dialogue.said();
        dialogue.session.sent(dialogue.link, 1, quota, dialogue.now);
        dialogue.session.records(dialogue.link, {}, dialogue.now);
        dialogue.said();
        const auto before = dialogue.now;
        CHECK(dialogue.wait() == Said{"fetch"});
        return std::chrono::duration_cast<milliseconds>(dialogue.now - before);
    };
    for (int i = 0; i < 12; ++i) {
        const auto pause = pause_once();
        CHECK(pause >= milliseconds(1'000));
        CHECK(pause <= milliseconds(121'000));
        longest = std::max(longest, pause);
    }
    CHECK(longest > milliseconds(30'000));
    dialogue.session.records(dialogue.link, {record(1)}, dialogue.now);
    dialogue.session.sent(dialogue.link, 1, {}, dialogue.now);
    dialogue.session.records(dialogue.link, {}, dialogue.now);
    dialogue.session.records_available(dialogue.now);
    CHECK(pause_once() <= milliseconds(2'000));
}

TEST_CASE("several refusals of one burst are one pause") {
    Dialogue dialogue(window_of(3));
    dialogue.connect();
    dialogue.session.records(dialogue.link, {record(1), record(2), record(3)}, dialogue.now);
    dialogue.said();
    for (const auto id : {1U, 2U, 3U}) dialogue.session.sent(dialogue.link, id, quota, dialogue.now);
    CHECK(dialogue.said() == Said{"release 1", "report degraded", "release 2", "release 3"});
    CHECK(*dialogue.session.next_deadline() - dialogue.now <= milliseconds(2'000));
}

TEST_CASE("a refusal that comes when the pause has just passed begins another") {
    Dialogue dialogue(window_of(2));
    dialogue.connect();
    dialogue.session.records(dialogue.link, {record(1), record(2)}, dialogue.now);
    dialogue.session.sent(dialogue.link, 1, quota, dialogue.now);
    dialogue.session.records(dialogue.link, {}, dialogue.now);
    dialogue.said();
    dialogue.now = *dialogue.session.next_deadline();  // No tick yet: events of a turn come before it.
    dialogue.session.sent(dialogue.link, 2, quota, dialogue.now);
    CHECK(dialogue.said() == Said{"release 2"});
    REQUIRE(dialogue.session.next_deadline());
    CHECK(*dialogue.session.next_deadline() > dialogue.now);
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

TEST_CASE("what is added to a packet for its message id counts, at QoS 1 and 2") {
    session::SessionConfig config;
    config.message_id_bytes = 51;
    Dialogue dialogue(config);
    transport::LinkUp up;
    up.maximum_packet_size = 100;
    dialogue.connect(up);
    auto with_id = record(1);
    with_id.message.payload.assign(25, 'x');  // With topic, header and id a byte too many.
    auto without = record(2, "t", Qos::at_most_once);
    without.message.payload.assign(75, 'x');
    auto fits = record(3);
    fits.message.payload.assign(24, 'x');
    dialogue.session.records(dialogue.link, {with_id, without, fits}, dialogue.now);
    CHECK(dialogue.said() == Said{"reject 1", "send 2", "send 3", "fetch"});
}

}  // namespace muster::test
