// SPDX-License-Identifier: Apache-2.0
// Events as JSON and as lines.
#include "admin/event.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace muster::test {
namespace {

using namespace testbroker;
using admin::Event;
using admin::EventKind;
using nlohmann::json;

Event disconnected() {
    Event event;
    event.id = 7;
    event.time = base::WallTime(std::chrono::milliseconds(1'000'000'000'042));
    event.kind = EventKind::disconnected;
    event.tenant = "acme";
    event.client_id = "press-01";
    event.role = tenancy::Role::device;
    event.connection = 3;
    event.reason = wire::ReasonCode::keep_alive_timeout;
    event.by = core::EndedBy::broker;
    event.text = "nothing was heard";
    return event;
}

}  // namespace

TEST_CASE("an event's JSON has what its kind has, and nothing else") {
    CHECK(json::parse(to_json(disconnected())) == json({{"id", 7},
                                                        {"time", "2001-09-09T01:46:40.042Z"},
                                                        {"event", "disconnected"},
                                                        {"tenant", "acme"},
                                                        {"client_id", "press-01"},
                                                        {"role", "device"},
                                                        {"connection", 3},
                                                        {"reason_code", 141},
                                                        {"reason", "keep_alive_timeout"},
                                                        {"by", "broker"},
                                                        {"why", "nothing was heard"}}));
    Event gap;
    gap.kind = EventKind::gap;
    gap.count = 5;
    const auto seen = json::parse(to_json(gap));
    CHECK(seen["count"] == 5);
    CHECK_FALSE(seen.contains("tenant"));
    CHECK_FALSE(seen.contains("reason"));
}

TEST_CASE("an event of a fault says which, and whether it was injected or has ended") {
    Event event;
    event.kind = EventKind::fault;
    event.text = "refuse";
    event.fault = admin::FaultChange{4, false};
    const auto injected = json::parse(to_json(event));
    CHECK(injected["fault"] == "refuse");
    CHECK(injected["fault_id"] == 4);
    CHECK(injected["state"] == "injected");
    event.fault->has_ended = true;
    CHECK(json::parse(to_json(event))["state"] == "ended");
    CHECK(to_line(event).find(" fault 4 ended: refuse") != std::string::npos);
}

TEST_CASE("the text of an event is named for what it is") {
    Event event;
    event.text = "x";
    event.kind = EventKind::will_published;
    CHECK(json::parse(to_json(event))["topic"] == "x");
    event.kind = EventKind::enrolled;
    CHECK(json::parse(to_json(event))["certificate_serial"] == "x");
}

TEST_CASE("an event is one line for people, whatever its client calls itself") {
    CHECK(to_line(disconnected()) == "2001-09-09T01:46:40.042Z disconnected acme/press-01 keep_alive_timeout by broker: nothing was heard");
    Event event = disconnected();
    event.client_id = "a\nb\x1b[2J";
    CHECK(to_line(event).find("acme/a\\x0ab\\x1b[2J") != std::string::npos);
    event.client_id = "\xff\xfe";
    CHECK(json::parse(to_json(event), nullptr, false).is_object());
}

}  // namespace muster::test
