// SPDX-License-Identifier: Apache-2.0
// Which faults can be injected, and how a wrong one is told.
#include "fault_stage.hpp"
#include "faults/kinds.hpp"

#include <catch2/catch.hpp>

#include <limits>
#include <string>

namespace muster::test {
namespace {

using testbroker::check;
using testbroker::RestartState;

/// One of the kind that can be injected.
Fault acceptable(FaultKind kind) {
    Fault fault = fault_of(kind);
    if (kind == FaultKind::outage) fault.duration = 1s;
    if (kind == FaultKind::redirect) fault.server_reference = "127.0.0.1:8884";
    if (kind == FaultKind::cut) fault.after_packets = 3;
    if (kind == FaultKind::delay_acknowledgements) fault.delay = 1s;
    if (kind == FaultKind::limit_bandwidth) fault.bytes_per_second = 1'000;
    if (kind == FaultKind::est) fault.status = 503;
    return fault;
}

std::string message(const Fault& fault) {
    const auto checked = check(fault);
    return checked ? "" : checked.error().message();
}

}  // namespace

TEST_CASE("each kind has a name of its own, and an acceptable fault") {
    for (std::size_t i = 0; i < testbroker::faults::kind_count; ++i) {
        const auto kind = static_cast<FaultKind>(i);
        INFO(testbroker::name_of(kind));
        CHECK(testbroker::faults::kind_named(testbroker::name_of(kind)) == kind);
        CHECK(message(acceptable(kind)).empty());
    }
    CHECK_FALSE(testbroker::faults::kind_named("flood"));
    CHECK(testbroker::name_of(static_cast<FaultKind>(200)) == "unknown");
    CHECK(message(fault_of(static_cast<FaultKind>(200))) == "kind: there is no such fault");
}

TEST_CASE("a parameter of another kind is refused by name") {
    struct Row {
        const char* field;
        void (*set)(Fault&);
        FaultKind owner;
        FaultKind other_owner;
    };
    const Row rows[] = {
        {"reason", [](Fault& f) { f.reason = 0x89; }, FaultKind::refuse, FaultKind::redirect},
        {"server_reference", [](Fault& f) { f.server_reference = "h:1"; }, FaultKind::redirect, FaultKind::redirect},
        {"after_packets", [](Fault& f) { f.after_packets = 1; }, FaultKind::cut, FaultKind::cut},
        {"after_bytes", [](Fault& f) { f.after_bytes = 1; }, FaultKind::cut, FaultKind::cut},
        {"direction", [](Fault& f) { f.direction = Direction::sent; }, FaultKind::cut, FaultKind::cut},
        {"delay_ms", [](Fault& f) { f.delay = 1ms; }, FaultKind::delay_acknowledgements, FaultKind::delay_acknowledgements},
        {"bytes_per_second", [](Fault& f) { f.bytes_per_second = 1; }, FaultKind::limit_bandwidth, FaultKind::limit_bandwidth},
        {"state", [](Fault& f) { f.state = RestartState::lost; }, FaultKind::restart, FaultKind::restart},
        {"status", [](Fault& f) { f.status = 500; }, FaultKind::est, FaultKind::est},
        {"retry_after_s", [](Fault& f) { f.retry_after = 1s; }, FaultKind::est, FaultKind::refuse},
        {"garbage", [](Fault& f) { f.garbage = true; }, FaultKind::est, FaultKind::est},
    };
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < testbroker::faults::kind_count; ++i) {
            const auto kind = static_cast<FaultKind>(i);
            Fault fault = acceptable(kind);
            row.set(fault);
            INFO(row.field << " of " << testbroker::name_of(kind));
            const std::string expected = std::string(row.field) + ": is no parameter of " + std::string(testbroker::name_of(kind));
            CHECK((message(fault) == expected) == (kind != row.owner && kind != row.other_owner));
        }
    }
}

TEST_CASE("a value out of its range is refused, naming the field") {
    const auto with = [](FaultKind kind, auto set) {
        Fault fault = acceptable(kind);
        set(fault);
        const std::string told = message(fault);
        return told.substr(0, told.find(':'));
    };
    for (const int reason : {0x01, 0x7F, 0x8D, 0x8E, 0xFF})  // The last three are no CONNACK's.
        CHECK(with(FaultKind::refuse, [reason](Fault& f) { f.reason = static_cast<std::uint8_t>(reason); }) == "reason");
    CHECK(with(FaultKind::redirect, [](Fault& f) { f.reason = 0x89; }) == "reason");
    CHECK(with(FaultKind::redirect, [](Fault& f) { f.server_reference.clear(); }) == "server_reference");
    CHECK(with(FaultKind::cut, [](Fault& f) { f.after_packets = 0; }) == "after_packets, after_bytes");
    CHECK(with(FaultKind::cut, [](Fault& f) { f.after_bytes = 7; }) == "after_packets, after_bytes");
    CHECK(with(FaultKind::delay_acknowledgements, [](Fault& f) { f.delay = 0ms; }) == "delay_ms");
    CHECK(with(FaultKind::delay_acknowledgements, [](Fault& f) { f.delay = 3'600'001ms; }) == "delay_ms");
    CHECK(with(FaultKind::limit_bandwidth, [](Fault& f) { f.bytes_per_second = 0; }) == "bytes_per_second");
    CHECK(with(FaultKind::outage, [](Fault& f) { f.duration = 0ms; }) == "duration_ms");
    CHECK(with(FaultKind::outage, [](Fault& f) { f.times = 2; }) == "times and probability");
    CHECK(with(FaultKind::take_over, [](Fault& f) { f.duration = 1s; }) == "duration_ms");
    CHECK(with(FaultKind::freeze, [](Fault& f) { f.duration = -1ms; }) == "duration_ms");
    CHECK(with(FaultKind::freeze, [](Fault& f) { f.duration = 86'400'001ms; }) == "duration_ms");
    for (const unsigned status : {0U, 200U, 302U, 399U, 600U})
        CHECK(with(FaultKind::est, [status](Fault& f) { f.status = status; }) == "status");
    CHECK(with(FaultKind::est, [](Fault& f) { f.garbage = true; }) == "garbage");
    CHECK(with(FaultKind::est, [](Fault& f) { f.status = 404, f.retry_after = 1s; }) == "retry_after_s");
    CHECK(with(FaultKind::refuse, [](Fault& f) { f.retry_after = 86'401s; }) == "retry_after_s");
    for (const double chance : {0.0, -0.1, 1.1, std::numeric_limits<double>::quiet_NaN()})
        CHECK(with(FaultKind::cut, [chance](Fault& f) { f.probability = chance; }) == "probability");
}

TEST_CASE("a client is named within its tenant, and only where clients are known") {
    Fault fault = fault_of(FaultKind::refuse);
    fault.client_id = "press-01";
    CHECK(message(fault).rfind("client_id:", 0) == 0);
    fault.tenant = "acme";
    CHECK(message(fault).empty());
    for (const auto kind : {FaultKind::outage, FaultKind::restart, FaultKind::stall_handshake}) {
        Fault everybody = acceptable(kind);
        everybody.tenant = "acme";
        CHECK(message(everybody).rfind("tenant:", 0) == 0);
    }
}

TEST_CASE("a scenario is checked whole, and its mistakes are found by step") {
    testbroker::Scenario scenario;
    CHECK(check(scenario).error().message() == "steps: there are none");
    scenario.steps.push_back({0ms, acceptable(FaultKind::refuse)});
    scenario.steps.push_back({5s, acceptable(FaultKind::outage)});
    CHECK(check(scenario));
    scenario.steps[1].fault.duration = 0ms;
    CHECK(check(scenario).error().message().rfind("steps[1].duration_ms:", 0) == 0);
    scenario.steps[0].at = -1ms;
    CHECK(check(scenario).error().message().rfind("steps[0].at_ms:", 0) == 0);
}

}  // namespace muster::test
