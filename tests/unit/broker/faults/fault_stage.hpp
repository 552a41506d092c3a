// SPDX-License-Identifier: Apache-2.0
// A board of faults, a shard's plan and a clock for tests.
#pragma once

#include "faults/board.hpp"
#include "faults/plan.hpp"
#include "support/manual_clock.hpp"

#include <utility>

namespace muster::test {

using namespace std::chrono_literals;
using testbroker::Direction;
using testbroker::Fault;
using testbroker::FaultId;
using testbroker::FaultKind;
using testbroker::faults::Client;

[[nodiscard]] inline Fault fault_of(FaultKind kind) {
    Fault fault;
    fault.kind = kind;
    return fault;
}

struct FaultStage {
    FaultId add(const Fault& fault) { return board.add(fault, clock.now()).value()->id; }
    [[nodiscard]] bool refuses(const Client& client) { return plan.on_connect(client, false, clock.now()).has_value(); }
    [[nodiscard]] testbroker::FaultInfo info(FaultId id) const {
        for (const auto& one : board.list(clock.now())) {
            if (one.id == id) return one;
        }
        return {};
    }

    ManualClock clock;
    testbroker::faults::Board board;
    testbroker::faults::Plan plan{board};
};

}  // namespace muster::test
