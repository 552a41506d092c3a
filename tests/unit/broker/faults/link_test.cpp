// SPDX-License-Identifier: Apache-2.0
// What faults do to one connection, byte by byte.
#include "faults/link.hpp"

#include "fault_stage.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace muster::test {
namespace {

using testbroker::faults::Allowance;
using testbroker::faults::Link;

constexpr Client press{"acme", "press-01"};
constexpr Client nobody{"", ""};

struct LinkStage : FaultStage {
    [[nodiscard]] Allowance allowed(Direction direction, const Client& client = press) {
        return link.allowed(plan, client, direction, clock.now());
    }
    [[nodiscard]] bool passed(Direction direction, std::size_t bytes) { return link.passed(plan, direction, bytes, clock.now()); }
    [[nodiscard]] bool packet(Direction direction) { return link.passed_packet(plan, direction, clock.now()); }
    Link link;
};

}  // namespace

TEST_CASE("without a fault everything passes") {
    LinkStage stage;
    CHECK(stage.allowed(Direction::received).bytes == Allowance::unlimited);
    CHECK_FALSE(stage.passed(Direction::received, 1'000));
    CHECK_FALSE(stage.packet(Direction::sent));
}

TEST_CASE("a connection is cut after so many packets, counted from when both first met") {
    LinkStage stage;
    Fault fault = fault_of(FaultKind::cut);
    fault.after_packets = 2;
    fault.direction = Direction::sent;
    const FaultId id = stage.add(fault);
    CHECK(stage.allowed(Direction::sent).bytes == Allowance::unlimited);
    CHECK_FALSE(stage.packet(Direction::received));
    CHECK_FALSE(stage.packet(Direction::sent));
    CHECK_FALSE(stage.packet(Direction::received));
    CHECK(stage.packet(Direction::sent));
    CHECK(stage.info(id).considered == 1);
    CHECK(stage.info(id).applied == 1);
}

TEST_CASE("a connection is cut at exactly so many bytes") {
    LinkStage stage;
    Fault fault = fault_of(FaultKind::cut);
    fault.after_bytes = 10;
    stage.add(fault);
    CHECK(stage.allowed(Direction::received).bytes == 10);
    CHECK(stage.allowed(Direction::sent).bytes == Allowance::unlimited);
    CHECK_FALSE(stage.passed(Direction::received, 7));
    CHECK(stage.allowed(Direction::received).bytes == 3);
    CHECK(stage.passed(Direction::received, 3));
}

TEST_CASE("a cut by count cuts so many connections, however many it could have") {
    LinkStage stage;
    Fault fault = fault_of(FaultKind::cut);
    fault.after_packets = 1;
    fault.times = 1;
    stage.add(fault);
    Link other;
    static_cast<void>(stage.allowed(Direction::received));
    static_cast<void>(other.allowed(stage.plan, press, Direction::received, stage.clock.now()));
    CHECK(stage.packet(Direction::received));
    CHECK_FALSE(other.passed_packet(stage.plan, Direction::received, stage.clock.now()));
}

TEST_CASE("a half-open connection is written but not read, until the fault is over") {
    LinkStage stage;
    Fault fault = fault_of(FaultKind::stop_reading);
    fault.duration = 5s;
    stage.add(fault);
    const auto reading = stage.allowed(Direction::received);
    CHECK(reading.bytes == 0);
    CHECK(reading.again == stage.clock.now() + 5s);
    CHECK(stage.allowed(Direction::sent).bytes == Allowance::unlimited);
    stage.clock.advance(5s);
    CHECK(stage.allowed(Direction::received).bytes == Allowance::unlimited);
}

TEST_CASE("a frozen connection moves neither way, and thaws when the fault is removed") {
    LinkStage stage;
    const FaultId id = stage.add(fault_of(FaultKind::freeze));
    CHECK(stage.allowed(Direction::received, nobody).bytes == 0);  // Also before its CONNECT.
    CHECK(stage.allowed(Direction::sent).bytes == 0);
    CHECK_FALSE(stage.allowed(Direction::sent).again);
    CHECK(stage.info(id).applied == 1);
    CHECK(stage.board.remove(id));
    CHECK(stage.allowed(Direction::received).bytes == Allowance::unlimited);
}

TEST_CASE("a fault on a tenant waits until the client is known") {
    LinkStage stage;
    Fault fault = fault_of(FaultKind::freeze);
    fault.tenant = "acme";
    stage.add(fault);
    CHECK(stage.allowed(Direction::received, nobody).bytes == Allowance::unlimited);
    CHECK(stage.allowed(Direction::received).bytes == 0);
}

TEST_CASE("a connection is struck once and for all, whatever comes later") {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        LinkStage stage;
        Fault fault = fault_of(FaultKind::stop_reading);
        fault.probability = 0.5;
        fault.seed = seed;
        const FaultId id = stage.add(fault);
        const auto first = stage.allowed(Direction::received).bytes;
        for (int i = 0; i < 50; ++i) {
            stage.add(fault_of(FaultKind::refuse));
            CHECK(stage.allowed(Direction::received).bytes == first);
        }
        CHECK(stage.info(id).considered == 1);
    }
}

TEST_CASE("used up, a fault still holds what it struck, and strikes nobody else") {
    LinkStage stage;
    Fault fault = fault_of(FaultKind::stop_reading);
    fault.times = 1;
    stage.add(fault);
    CHECK(stage.allowed(Direction::received).bytes == 0);
    Link other;
    CHECK(other.allowed(stage.plan, press, Direction::received, stage.clock.now()).bytes == Allowance::unlimited);
    CHECK(stage.allowed(Direction::received).bytes == 0);
}

TEST_CASE("a limited bandwidth carries what its rate says, over any time, each way by itself") {
    for (const std::uint64_t rate : {1ULL, 7ULL, 1'000ULL, 250'000ULL, 10'000'000ULL}) {
        INFO(rate);
        LinkStage stage;
        Fault fault = fault_of(FaultKind::limit_bandwidth);
        fault.bytes_per_second = rate;
        stage.add(fault);
        std::uint64_t carried = 0;
        const auto start = stage.clock.now();
        while (stage.clock.now() - start < 60s) {
            const auto allowance = stage.allowed(Direction::received);
            if (allowance.bytes == 0) {
                REQUIRE(allowance.again);
                REQUIRE(*allowance.again > stage.clock.now());
                stage.clock.advance(std::chrono::duration_cast<std::chrono::milliseconds>(*allowance.again - stage.clock.now()));
                continue;
            }
            const std::size_t bytes = std::min<std::size_t>(allowance.bytes, 16'384);
            carried += bytes;
            CHECK_FALSE(stage.passed(Direction::received, bytes));
        }
        CHECK(carried <= rate * 60 + rate / 10 + 1);
        CHECK(carried + rate / 5 + 1 >= rate * 60);
        CHECK(stage.allowed(Direction::sent).bytes > 0);
    }
}

}  // namespace muster::test
