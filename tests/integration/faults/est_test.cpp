// SPDX-License-Identifier: Apache-2.0
// Faults of enrollment, as the SDK meets them.
#include "faulty_broker.hpp"

namespace muster::test {

TEST_CASE("est: the status is answered, the error says what it means, and the one-time password stays good") {
    FaultyBroker broker;
    const auto meets = [&](unsigned status, bool garbage) {
        Fault fault = fault_of(FaultKind::est);
        fault.tenant = "acme";
        fault.status = status;
        fault.garbage = garbage;
        if (status == 202 || status == 503) fault.retry_after = std::chrono::seconds(1);
        const FaultId id = broker.inject(fault);
        const auto enrolled = broker.enroll("press-01");
        REQUIRE_FALSE(enrolled);
        CHECK(broker.info(id).applied >= 1);
        REQUIRE(broker->remove_fault(id));
        return enrolled.error().code();
    };
    CHECK(meets(202, false) == Code::unavailable);
    CHECK(meets(401, false) == Code::denied);
    CHECK(meets(503, false) == Code::unavailable);
    CHECK(meets(0, true) == Code::corrupt);
    static_cast<void>(meets(404, false));
    static_cast<void>(meets(500, false));
    CHECK(broker.enroll("press-01"));
}

TEST_CASE("est: a fault on one device leaves the others alone") {
    FaultyBroker broker;
    Fault fault = fault_of(FaultKind::est);
    fault.tenant = "acme";
    fault.client_id = "press-01";
    fault.status = 500;
    broker.inject(fault);
    CHECK(broker.enroll("lathe-02"));
    CHECK_FALSE(broker.enroll("press-01"));
}

}  // namespace muster::test
