// SPDX-License-Identifier: Apache-2.0
// Which messages are held to be what ended a connection.
#include "dialogue.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using Ids = std::vector<outbox::RecordId>;

// What the next ReleaseAll says; none if there is none.
std::optional<Ids> unanswered(Dialogue& with) {
    for (const auto& action : with.session.take_actions()) {
        if (const auto* release = std::get_if<session::ReleaseAll>(&action)) return release->unanswered;
    }
    return std::nullopt;
}

TEST_CASE("what was sent and not answered is suspected when the broker ends the connection, or nobody knows who did") {
    const Code why = GENERATE(Code::unreachable, Code::rejected, Code::denied, Code::too_large);
    session::SessionConfig config;
    config.window = 2;
    Dialogue with(config);
    with.connect();
    with.session.records(with.link, {record(1), record(2), record(3)}, with.now);
    with.said();
    with.session.sent(with.link, 1, {}, with.now);
    with.lose(why);
    CHECK(unanswered(with) == Ids{2, 3});
}

TEST_CASE("no message is suspected where the end has another cause") {
    const Code why = GENERATE(Code::timeout, Code::unavailable, Code::taken_over, Code::tls, Code::stopped);
    Dialogue with;
    with.connect();
    with.session.records(with.link, {record(1), record(2)}, with.now);
    with.said();
    with.lose(why);
    CHECK(unanswered(with) == Ids{});
}

TEST_CASE("a connection that we closed accuses nobody") {
    Dialogue with;
    with.connect();
    with.session.records(with.link, {record(1), record(2)}, with.now);
    with.said();
    with.session.stop(with.now, with.now, true);
    with.lose(Code::unreachable);
    CHECK(unanswered(with) == Ids{});
}

TEST_CASE("a suspect that may be condemned is sent alone, on a connection that has lasted a second without it") {
    session::SessionConfig config;
    config.alone_from = 4;
    Dialogue with(config);
    with.connect();
    auto suspect = record(2);
    suspect.strikes = 4;
    with.session.records(with.link, {record(1), suspect, record(3)}, with.now);
    CHECK(with.said() == Said{"send 1"});
    const auto up_since = with.now;
    CHECK(with.session.next_deadline() == up_since + std::chrono::seconds(1));
    with.session.sent(with.link, 1, {}, with.now);
    CHECK(with.said() == Said{"settle 1"});
    with.advance(milliseconds(999));
    CHECK(with.said().empty());
    with.advance(milliseconds(1));
    CHECK(with.said() == Said{"send 2"});
    CHECK(with.session.next_deadline() > with.now);
    with.lose();
    CHECK(unanswered(with) == Ids{2});
}

TEST_CASE("a broker that dies within a second of every connection condemns nobody") {
    session::SessionConfig config;
    config.alone_from = 4;
    Dialogue with(config);
    with.connect();
    auto suspect = record(1);
    suspect.strikes = 4;
    for (int loss = 0; loss < 10; ++loss) {
        with.session.records(with.link, {suspect, record(2)}, with.now);
        with.advance(milliseconds(900));
        CHECK(with.said().empty());
        with.lose();
        CHECK(unanswered(with) == Ids{});
        while (with.session.phase() != session::Session::Phase::opening) with.wait();
        with.session.link_up(with.link, {}, with.now);
        with.said();
    }
    // Put back by the session before its time came, it leaves no deadline behind that is over.
    with.session.records(with.link, {record(5), suspect}, with.now);
    CHECK(with.said() == Said{"send 5"});
    with.session.sent(with.link, 5, Error{Code::unavailable, "busy"}, with.now);
    with.said();
    with.advance(milliseconds(999));
    CHECK((!with.session.next_deadline() || *with.session.next_deadline() > with.now));
}

}  // namespace
}  // namespace muster::test
