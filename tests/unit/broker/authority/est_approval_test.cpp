// SPDX-License-Identifier: Apache-2.0
// Enrollments that an administrator must approve.
#include "opened_est.hpp"

namespace muster::test {
namespace {

using namespace testbroker;             // NOLINT(google-build-using-namespace)
using namespace testbroker::authority;  // NOLINT(google-build-using-namespace)

struct Guarded : OpenedEst {
    Guarded() {
        TenantOptions options;
        options.manual_approval = true;
        REQUIRE(registry->set_tenant_options("acme", options).ok());
    }
    EnrollmentRequest only() {
        const auto all = registry->list_enrollment_requests("acme");
        REQUIRE(all->size() == 1);
        return all->front();
    }
    bool decide(Approval approval) { return registry->decide_enrollment("acme", "press-01", only().key_sha256, approval).ok(); }
};

}  // namespace

TEST_CASE("an enrollment waits with 202 until an administrator approves it, and then the same key is granted once") {
    Guarded est;
    RequestSpec spec;
    spec.key = make_ec_key("P-256");
    const auto request = est.request(spec);
    for (int poll = 0; poll < 2; ++poll) {
        const auto response = est.service.handle(request);
        CHECK(response.status == 202);
        CHECK(Guarded::header(response, "Retry-After") == "30");
    }
    CHECK(est.only().approval == Approval::waiting);
    CHECK(est.service.certificates_issued() == 0);
    REQUIRE(est.decide(Approval::approved));
    // The same key in a request made anew, as after a restart of the device.
    CHECK(Guarded::certificates_of(est.service.handle(est.request(spec))).size() == 2);
    CHECK(est.registry->list_enrollment_requests("acme")->empty());
    CHECK(est.service.handle(request).status == 401);  // The password has been used.
}

TEST_CASE("a denied key is refused for good, and another one waits anew") {
    Guarded est;
    const auto request = est.request();
    CHECK(est.service.handle(request).status == 202);
    const auto seen = est.only().key_sha256;
    REQUIRE(est.decide(Approval::denied));
    CHECK(est.service.handle(request).status == 403);
    CHECK(est.service.handle(est.request()).status == 202);
    CHECK(est.only().key_sha256 != seen);
    CHECK(est.registry->decide_enrollment("acme", "press-01", seen, Approval::approved).error().code() == Code::not_found);
    CHECK(est.only().approval == Approval::waiting);
}

TEST_CASE("who does not know the password does not get as far as the administrator") {
    Guarded est;
    auto request = est.request();
    request.authorization = Guarded::basic("press-01", "wrong");
    CHECK(est.service.handle(request).status == 401);
    CHECK(est.registry->list_enrollment_requests("acme")->empty());
}

TEST_CASE("a renewal neither waits nor uses up what waits") {
    Guarded est;
    CHECK(est.service.handle(est.request()).status == 202);
    const auto now = est.clock.wall_now();
    REQUIRE(est.registry->begin_renewal({"0a", "acme", "press-01", now, now + std::chrono::hours(1), "csr"}, "01").ok());
    REQUIRE(est.registry->finish_issuance("0a").ok());
    CHECK(est.only().approval == Approval::waiting);
}

TEST_CASE("what waits goes with its device") {
    Guarded revoked;
    CHECK(revoked.service.handle(revoked.request()).status == 202);
    REQUIRE(revoked.registry->revoke_device("acme", "press-01").ok());
    CHECK(revoked.registry->list_enrollment_requests("acme")->empty());
    Guarded deleted;
    CHECK(deleted.service.handle(deleted.request()).status == 202);
    REQUIRE(deleted.registry->delete_device("acme", "press-01").ok());
    CHECK(deleted.registry->list_enrollment_requests("acme")->empty());
    CHECK(deleted.registry->list_enrollment_requests("nowhere").error().code() == Code::not_found);
}

}  // namespace muster::test
