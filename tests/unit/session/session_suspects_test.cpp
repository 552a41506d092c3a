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

}  // namespace
}  // namespace muster::test
