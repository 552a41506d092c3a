// SPDX-License-Identifier: Apache-2.0
// What becomes of a connection that is not of full use, and of waits that could be shorter or lead elsewhere.
#include "dialogue.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

/// Connected, with message 1 sent.
void send_one(Dialogue& dialogue) {
    dialogue.connect();
    dialogue.session.records(dialogue.link, {record(1)}, dialogue.now);
    dialogue.said();
}

Error busy() {
    return {Code::unavailable, "quota exceeded"};
}

session::SessionConfig two_endpoints(std::vector<unsigned> priorities) {
    session::SessionConfig config;
    config.endpoints = priorities.size();
    config.priorities = std::move(priorities);
    return config;
}

transport::LinkDown redirected_to(const std::string& where) {
    transport::LinkDown down(Error{Code::unavailable, "use another server"});
    down.server_reference = where;
    return down;
}

/// Where the next link goes, and after how long.
struct Next {
    session::OpenLink link;
    milliseconds after;
};
Next next_link(Dialogue& dialogue) {
    const auto before = dialogue.now;
    dialogue.now = dialogue.session.next_deadline().value();
    dialogue.session.tick(dialogue.now);
    for (const auto& action : dialogue.session.take_actions()) {
        if (const auto* open = std::get_if<session::OpenLink>(&action)) {
            dialogue.link = open->link;
            return {*open, std::chrono::duration_cast<milliseconds>(dialogue.now - before)};
        }
    }
    FAIL("no link is opened");
    return {};
}

}  // namespace

TEST_CASE("a broker that is busy makes the connection degraded, until it takes something") {
    Dialogue dialogue;
    send_one(dialogue);
    dialogue.session.sent(dialogue.link, 1, busy(), dialogue.now);
    CHECK(dialogue.said() == Said{"release 1", "report degraded"});
    dialogue.session.records(dialogue.link, {}, dialogue.now);
    CHECK(dialogue.wait() == Said{"fetch"});
    dialogue.session.records(dialogue.link, {record(1)}, dialogue.now);
    CHECK(dialogue.said() == Said{"send 1", "fetch"});
    dialogue.session.sent(dialogue.link, 1, {}, dialogue.now);
    CHECK(dialogue.said() == Said{"report connected", "settle 1"});
}

TEST_CASE("a broker that answers nothing is told after one keep-alive, and left after two") {
    Dialogue dialogue;
    send_one(dialogue);
    const auto sent_at = dialogue.now;
    CHECK(dialogue.wait() == Said{"report degraded"});
    CHECK(dialogue.now - sent_at == seconds(60));
    CHECK(dialogue.wait() == Said{"close 1"});
    CHECK(dialogue.now - sent_at == seconds(120));
    dialogue.lose(Code::stopped);
    CHECK(dialogue.said() == Said{"release all", "report waiting"});
}

TEST_CASE("each answer gives the rest of what is in flight another keep-alive") {
    Dialogue dialogue;
    dialogue.connect();
    dialogue.session.records(dialogue.link, {record(1), record(2)}, dialogue.now);
    dialogue.said();
    dialogue.advance(seconds(59));
    dialogue.session.sent(dialogue.link, 1, {}, dialogue.now);
    CHECK(dialogue.said() == Said{"settle 1"});
    dialogue.advance(seconds(59));
    CHECK(dialogue.said().empty());
    dialogue.session.sent(dialogue.link, 2, {}, dialogue.now);
    dialogue.said();
    dialogue.advance(minutes(60));  // Nothing is in flight: nothing is missed.
    CHECK(dialogue.said().empty());
}

TEST_CASE("a stop does not wait for a broker that answers nothing, and does not call it degraded") {
    Dialogue dialogue;
    send_one(dialogue);
    dialogue.session.stop(dialogue.now, dialogue.now + minutes(10), true);
    dialogue.said();
    CHECK(dialogue.wait() == Said{"close 1"});
}

TEST_CASE("the next endpoint is tried within a keep-alive of a loss, also if the first one is silent") {
    Dialogue dialogue(two_endpoints({0, 1}));
    dialogue.connect();
    dialogue.advance(minutes(5));
    const auto lost_at = dialogue.now;
    dialogue.lose();
    dialogue.said();
    CHECK(next_link(dialogue).link.endpoint == 0);  // It was stable: a blip.
    CHECK(dialogue.wait() == Said{"close 3"});
    dialogue.lose(Code::stopped);
    dialogue.said();
    CHECK(next_link(dialogue).link.endpoint == 1);
    CHECK(dialogue.now - lost_at < seconds(60));
}

TEST_CASE("from a lesser endpoint the preferred one is tried again after a while, and kept if it works") {
    Dialogue dialogue(two_endpoints({0, 1}));
    dialogue.session.start(dialogue.now);
    dialogue.said();
    dialogue.lose();
    dialogue.said();
    CHECK(next_link(dialogue).link.endpoint == 1);
    dialogue.session.link_up(dialogue.link, {}, dialogue.now);
    dialogue.said();
    dialogue.session.records(dialogue.link, {}, dialogue.now);
    const auto up_at = dialogue.now;
    CHECK(dialogue.wait() == Said{"close 3"});
    CHECK(dialogue.now - up_at >= minutes(10));
    CHECK(dialogue.now - up_at <= minutes(20));
    dialogue.lose(Code::stopped);
    CHECK(dialogue.said() == Said{"release all", "open 5 at 0", "report connecting"});
    dialogue.lose();  // It does not.
    dialogue.said();
    const auto next = next_link(dialogue);
    CHECK(next.link.endpoint == 1);
    CHECK(next.after <= seconds(10));
}

TEST_CASE("the preferred endpoint is not left") {
    Dialogue dialogue(two_endpoints({0, 1}));
    dialogue.connect();
    dialogue.session.records(dialogue.link, {}, dialogue.now);
    CHECK_FALSE(dialogue.session.next_deadline());
}

TEST_CASE("a broker's server reference is followed, three times in a row, and forgotten when it leads nowhere") {
    Dialogue dialogue;
    dialogue.session.start(dialogue.now);
    dialogue.said();
    for (const std::string where : {"mqtt://a:1", "mqtt://b:1", "mqtt://c:1"}) {
        dialogue.session.link_down(dialogue.link, redirected_to(where), dialogue.now);
        dialogue.said();
        const auto next = next_link(dialogue);
        CHECK(next.link.redirect == where);
        CHECK(next.after == milliseconds(0));
    }
    dialogue.session.link_down(dialogue.link, redirected_to("mqtt://d:1"), dialogue.now);
    dialogue.said();
    const auto next = next_link(dialogue);
    CHECK(next.link.redirect.empty());
    CHECK(next.after >= seconds(5));
}

TEST_CASE("a network that is up again cuts a wait short, once a minute, but neither a refusal nor a hint") {
    Dialogue dialogue;
    dialogue.session.start(dialogue.now);
    dialogue.said();
    dialogue.lose(Code::timeout);
    dialogue.said();
    dialogue.session.network_up(dialogue.now);
    CHECK(next_link(dialogue).after == milliseconds(0));
    dialogue.lose(Code::timeout);
    dialogue.said();
    dialogue.session.network_up(dialogue.now);
    CHECK(next_link(dialogue).after >= seconds(240));

    dialogue.lose(Code::denied);
    dialogue.said();
    dialogue.session.network_up(dialogue.now);
    CHECK(next_link(dialogue).after >= seconds(30));

    transport::LinkDown hinted(busy());
    hinted.retry_after = seconds(500);
    dialogue.session.link_down(dialogue.link, hinted, dialogue.now);
    dialogue.said();
    dialogue.session.network_up(dialogue.now);
    CHECK(next_link(dialogue).after >= seconds(100));
}

TEST_CASE("a fleet whose networks are up in one moment is still spread") {
    std::vector<int> per_second(31, 0);
    for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
        SeededRandom random(seed);
        session::Session session({}, random);
        base::SteadyTime now{std::chrono::hours(1)};
        session.start(now);
        now = session.next_deadline().value();
        session.tick(now);
        session.link_down(1, Error{Code::timeout, "lost"}, now);
        session.network_up(now);
        ++per_second[static_cast<std::size_t>((session.next_deadline().value() - now) / seconds(1))];
    }
    CHECK(*std::max_element(per_second.begin(), per_second.end()) < 3 * 1'000 / 30);
}

}  // namespace muster::test
