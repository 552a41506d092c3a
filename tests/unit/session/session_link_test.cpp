// SPDX-License-Identifier: Apache-2.0
// How long an attempt may take, which links count as healthy, and when the next one is opened.
#include "dialogue.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

transport::LinkUp with_keep_alive(std::chrono::seconds keep_alive) {
    transport::LinkUp up;
    up.server_keep_alive = keep_alive;
    return up;
}

/// The time that passes until the next link is opened.
milliseconds until_open(Dialogue& dialogue) {
    const auto before = dialogue.now;
    const auto said = dialogue.wait();
    CHECK(said.front().rfind("open", 0) == 0);
    return std::chrono::duration_cast<milliseconds>(dialogue.now - before);
}

}  // namespace

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

TEST_CASE("an endpoint that connects but never answers a subscription is not healthy, however long that takes") {
    session::SessionConfig config;
    config.endpoints = 2;
    config.backoff.min_stable = milliseconds(5'000);  // Shorter than the time the answer is waited for.
    Dialogue dialogue(config);
    dialogue.session.subscribe("a", Qos::at_most_once, dialogue.now);
    dialogue.connect();
    dialogue.wait();
    dialogue.lose(Code::stopped);
    dialogue.said();
    CHECK(dialogue.wait().front() == "open 3 at 1");
}

TEST_CASE("a stable connection that is lost is tried again at the same endpoint") {
    session::SessionConfig config;
    config.endpoints = 2;
    Dialogue dialogue(config);
    dialogue.connect();
    dialogue.advance(milliseconds(60'000));
    dialogue.lose();
    dialogue.said();
    CHECK(dialogue.wait().front() == "open 3 at 0");
}

TEST_CASE("a shorter keep-alive that the broker asks for is used from the next connection on, which is made at once") {
    Dialogue dialogue;
    CHECK(dialogue.connect(with_keep_alive(std::chrono::seconds(10))) == Said{"close 1"});
    dialogue.lose(Code::stopped);
    CHECK(dialogue.said() == Said{"release all", "open 3 at 0", "report connecting"});
    dialogue.session.link_up(dialogue.link, with_keep_alive(std::chrono::seconds(10)), dialogue.now);
    CHECK(dialogue.said() == Said{"report connected", "fetch"});
    CHECK(dialogue.session.disconnects() == 0);
}

TEST_CASE("a keep-alive of zero or a longer one is the broker's own affair") {
    for (const auto seconds : {0, 60, 600}) {
        Dialogue dialogue;
        CHECK(dialogue.connect(with_keep_alive(std::chrono::seconds(seconds))) == Said{"report connected", "fetch"});
    }
}

TEST_CASE("a broker that asks for a shorter keep-alive every time does not get connections without delay") {
    Dialogue dialogue;
    dialogue.session.start(dialogue.now);
    dialogue.said();
    const auto begin = dialogue.now;
    for (int seconds = 59; seconds > 39; --seconds) {
        dialogue.session.link_up(dialogue.link, with_keep_alive(std::chrono::seconds(seconds)), dialogue.now);
        dialogue.lose(Code::stopped);
        const auto said = dialogue.said();
        if (said.back() == "report waiting") dialogue.wait();
    }
    CHECK(dialogue.now - begin > milliseconds(60'000));
}

TEST_CASE("a keep-alive is remembered for the endpoint that asked for it") {
    session::SessionConfig config;
    config.endpoints = 2;
    Dialogue dialogue(config);
    dialogue.connect(with_keep_alive(std::chrono::seconds(10)));
    dialogue.lose(Code::stopped);
    dialogue.said();
    CHECK(dialogue.keep_alive == std::chrono::seconds(10));
    dialogue.lose();
    dialogue.said();
    CHECK(dialogue.wait().front() == "open 5 at 1");
    CHECK(dialogue.keep_alive == std::chrono::seconds(60));
}

TEST_CASE("devices that take over each other's client id hold off longer each time, also after stable connections") {
    Dialogue dialogue;
    dialogue.connect();
    milliseconds longest{0};
    for (int i = 0; i < 12; ++i) {
        dialogue.advance(milliseconds(61'000));
        dialogue.lose(Code::taken_over);
        dialogue.said();
        const auto held_off = until_open(dialogue);
        CHECK(held_off >= milliseconds(30'000));
        CHECK(held_off <= milliseconds(900'000));
        longest = std::max(longest, held_off);
        dialogue.session.link_up(dialogue.link, {}, dialogue.now);
        dialogue.said();
    }
    CHECK(longest > milliseconds(300'000));
}

TEST_CASE("a connection taken over by an attempt that this device gave up itself is made again soon, once") {
    Dialogue dialogue;
    dialogue.session.start(dialogue.now);
    dialogue.said();
    dialogue.lose(Code::timeout);
    dialogue.said();
    for (const bool is_echo : {true, false}) {
        until_open(dialogue);
        dialogue.session.link_up(dialogue.link, {}, dialogue.now);
        dialogue.said();
        dialogue.advance(milliseconds(1'000));
        dialogue.lose(Code::taken_over);
        CHECK(dialogue.said() == Said{"release all", is_echo ? "report waiting" : "report refused"});
    }
    CHECK(until_open(dialogue) >= milliseconds(30'000));
}

TEST_CASE("a connection taken over long after an attempt was given up is another client's") {
    Dialogue dialogue;
    dialogue.session.start(dialogue.now);
    dialogue.said();
    dialogue.lose(Code::timeout);
    dialogue.said();
    until_open(dialogue);
    dialogue.session.link_up(dialogue.link, {}, dialogue.now);
    dialogue.advance(milliseconds(130'000));
    dialogue.said();
    dialogue.lose(Code::taken_over);
    CHECK(dialogue.said() == Said{"release all", "report refused"});
}

TEST_CASE("a refusal that retrying cannot mend waits at least its floor and is reported") {
    for (const auto code : {Code::denied, Code::tls, Code::expired, Code::rejected, Code::taken_over}) {
        Dialogue dialogue;
        dialogue.session.start(dialogue.now);
        dialogue.said();
        dialogue.lose(code);
        INFO(name_of(code));
        CHECK(dialogue.said() == Said{"release all", "report refused"});
        CHECK(until_open(dialogue) >= milliseconds(30'000));
    }
}

TEST_CASE("a broker that ends every connection at once is asked less and less often") {
    Dialogue dialogue;
    dialogue.connect();
    const auto begin = dialogue.now;
    for (int i = 0; i < 20; ++i) {
        dialogue.lose();
        dialogue.said();
        dialogue.wait();
        dialogue.session.link_up(dialogue.link, {}, dialogue.now);
        dialogue.said();
    }
    CHECK(dialogue.now - begin > milliseconds(120'000));
}

TEST_CASE("the first attempts of a fleet that boots together are spread over the time set for it") {
    std::vector<int> per_second(31, 0);
    for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
        SeededRandom random(seed);
        session::Session session({}, random);
        const base::SteadyTime boot{std::chrono::hours(1)};
        session.start(boot);
        CHECK(session.take_actions().empty());
        ++per_second[static_cast<std::size_t>((session.next_deadline().value() - boot) / std::chrono::seconds(1))];
    }
    CHECK(*std::max_element(per_second.begin(), per_second.end()) < 3 * 1'000 / 30);
}

TEST_CASE("starting twice is starting once") {
    Dialogue dialogue;
    dialogue.connect();
    dialogue.session.start(dialogue.now);
    CHECK(dialogue.said().empty());
}

}  // namespace muster::test
