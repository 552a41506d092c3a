// SPDX-License-Identifier: Apache-2.0
// The last events, and readers that each go at their own pace.
#include "admin/event_log.hpp"

#include "admin/event_stream.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using namespace testbroker;
using admin::Event;
using admin::EventKind;
using admin::EventLog;
using admin::EventStream;

Event of(const std::string& tenant) {
    Event event;
    event.kind = EventKind::session_ended;
    event.tenant = tenant;
    return event;
}

void append(EventLog& log, int count, const std::string& tenant = "acme") {
    for (int i = 0; i < count; ++i) log.append(of(tenant));
}

std::size_t messages_in(const std::string& piece) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = piece.find("\n\n", at)) != std::string::npos; at += 2) ++count;
    return count;
}

net::HttpResponse ask(EventLog& log, const std::string& target, const std::string& last_event_id = "") {
    return *handle_events(log, *admin::parse_target(target), {"GET", target, "", "", "", last_event_id});
}

}  // namespace

TEST_CASE("events are numbered from 1, and the oldest are forgotten") {
    EventLog log(3);
    CHECK_FALSE(log.at(1));
    append(log, 5);
    CHECK(log.next_id() == 6);
    CHECK(log.at(5)->id == 5);
    CHECK_FALSE(log.at(6));
    const auto gap = log.at(1);
    REQUIRE(gap);
    CHECK(gap->kind == EventKind::gap);
    CHECK(gap->count == 2);
    CHECK(gap->id == 2);
}

TEST_CASE("who waits is woken once, by the next event, unless it has gone") {
    EventLog log(3);
    int first = 0;
    int second = 0;
    log.when_more([&] { ++first; });
    log.cancel(log.when_more([&] { ++second; }));
    append(log, 2);
    CHECK(first == 1);
    CHECK(second == 0);
}

TEST_CASE("a slow reader loses events, is told how many, and goes on with the oldest that is left") {
    EventLog log(10);
    EventStream reader(log, 1, std::nullopt);
    append(log, 2);
    CHECK(messages_in(reader.next()) == 2);
    append(log, 25);
    const std::string piece = reader.next();
    CHECK(piece.find("event: gap") != std::string::npos);
    CHECK(piece.find("\"count\":15") != std::string::npos);
    CHECK(messages_in(piece) == 11);
    CHECK(reader.next().empty());
}

TEST_CASE("a stream is told in pieces of bounded size, none of them cut in an event") {
    EventLog log(1'000);
    append(log, 1'000);
    EventStream reader(log, 1, std::nullopt);
    std::size_t told = 0;
    for (std::string piece = reader.next(); !piece.empty(); piece = reader.next()) {
        CHECK(piece.size() < 20U << 10U);
        CHECK(piece.substr(piece.size() - 2) == "\n\n");
        told += messages_in(piece);
    }
    CHECK(told == 1'000);
}

TEST_CASE("a stream can be of one tenant") {
    EventLog log(10);
    append(log, 2, "acme");
    append(log, 1, "other");
    EventStream reader(log, 1, "other");
    CHECK(messages_in(reader.next()) == 1);
}

TEST_CASE("a stream goes on behind the Last-Event-ID, from a header or a query, or begins with what is next") {
    EventLog log(10);
    append(log, 5);
    CHECK(ask(log, "/v1/events").stream->next().empty());
    CHECK(ask(log, "/v1/events", "3").stream->next().substr(0, 6) == "id: 4\n");
    CHECK(ask(log, "/v1/events?last_event_id=0").stream->next().substr(0, 6) == "id: 1\n");
    // From an earlier run of the broker.
    const auto ahead = ask(log, "/v1/events", "900");
    CHECK(ahead.stream->next().empty());
    append(log, 1);
    CHECK(ahead.stream->next().substr(0, 6) == "id: 6\n");
}

TEST_CASE("a wrong query or number is refused, and a reader that leaves wakes nobody") {
    EventLog log(10);
    CHECK(ask(log, "/v1/events", "x").status == 400);
    CHECK(ask(log, "/v1/events?tenent=a").status == 400);
    CHECK(handle_events(log, *admin::parse_target("/v1/events"), {"POST", "/v1/events", "", "", ""})->status == 405);
    CHECK_FALSE(handle_events(log, *admin::parse_target("/v1/status"), {"GET", "/v1/status", "", "", ""}));
    bool woken = false;
    {
        EventStream reader(log, 1, std::nullopt);
        reader.when_more([&] { woken = true; });
    }
    append(log, 1);
    CHECK_FALSE(woken);
}

}  // namespace muster::test
