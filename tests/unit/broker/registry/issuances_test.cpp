// SPDX-License-Identifier: Apache-2.0
// The log of issuances.
#include "opened_registry.hpp"

using namespace muster;
using namespace muster::testbroker;

TEST_CASE("every issuance is in the log, with what came of it, and nothing takes it out") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    const auto password = opened.register_device("acme", "press-01");
    REQUIRE(opened.registry->begin_issuance(opened.record("A1", "acme", "press-01"), password).ok());
    REQUIRE(opened.registry->abandon_issuance("A1").ok());
    REQUIRE(opened.registry->begin_issuance(opened.record("A2", "acme", "press-01"), password).ok());
    REQUIRE(opened.registry->finish_issuance("A2").ok());
    REQUIRE(opened.registry->begin_application_issuance(opened.record("A3", "acme", "dash")).ok());
    const auto check = [&](const std::string& third_outcome) {
        const auto log = opened.registry->list_issuances("acme", 10);
        REQUIRE(log.ok());
        REQUIRE(log->size() == 3);
        CHECK((log->at(0).serial == "A3" && log->at(0).profile == "application" && log->at(0).name == "dash"));
        CHECK(
            (log->at(0).requested_by == "administrator" && log->at(0).outcome == third_outcome && log->at(0).csr_sha256 == "csr of dash"));
        CHECK((log->at(1).serial == "A2" && log->at(1).profile == "device" && log->at(1).outcome == "issued"));
        CHECK((log->at(2).serial == "A1" && log->at(2).outcome == "abandoned" && log->at(2).requested_by == "one-time password"));
    };
    check("pending");
    opened.reopen();
    check("abandoned");
    CHECK(opened.registry->list_issuances("acme", 1)->size() == 1);
    REQUIRE(opened.registry->delete_device("acme", "press-01").ok());
    REQUIRE(opened.registry->delete_tenant("acme").ok());
    check("abandoned");
    CHECK(opened.registry->list_issuances("nowhere", 10).error().code() == Code::not_found);
}

TEST_CASE("the log says which certificate was shown for a renewal") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    const auto password = opened.register_device("acme", "press-01");
    REQUIRE(opened.registry->begin_issuance(opened.record("A1", "acme", "press-01"), password).ok());
    REQUIRE(opened.registry->finish_issuance("A1").ok());
    REQUIRE(opened.registry->begin_renewal(opened.record("A2", "acme", "press-01"), "A1").ok());
    const auto log = opened.registry->list_issuances("acme", 10);
    REQUIRE(log->size() == 2);
    CHECK((log->at(0).serial == "A2" && log->at(0).requested_by == "certificate A1" && log->at(0).outcome == "pending"));
    CHECK(log->at(1).requested_by == "one-time password");
}

TEST_CASE("what the authority signs for itself is in the log, beside what its tenants get") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    const auto ends = opened.clock.wall_now() + std::chrono::hours(1);
    const registry::OwnCertificate root{"A1", "", "ca", "root", ends};
    const registry::OwnCertificate issuer{"A2", "acme", "ca", "issuing CA", ends};
    const registry::OwnCertificate lost{"A3", "", "broker", "broker", ends};
    for (const auto* own : {&root, &issuer, &lost}) REQUIRE(opened.registry->begin_own_issuance(*own).ok());
    CHECK_FALSE(opened.registry->begin_own_issuance(root).ok());
    REQUIRE(opened.registry->confirm_own_issuance(root).ok());
    opened.reopen();
    const auto log = opened.registry->list_issuances("", 10);
    REQUIRE(log->size() == 2);
    CHECK((log->at(0).serial == "A3" && log->at(0).profile == "broker" && log->at(0).outcome == "abandoned"));
    CHECK((log->at(1).serial == "A1" && log->at(1).profile == "ca" && log->at(1).outcome == "issued"));
    CHECK((log->at(1).requested_by == "broker" && log->at(1).csr_sha256.empty() && log->at(1).not_after == ends));
    CHECK(opened.registry->list_issuances("acme", 10)->at(0).outcome == "abandoned");
}

TEST_CASE("a certificate that was found is in the log once, whatever the log had said") {
    test::OpenedRegistry opened;
    const registry::OwnCertificate stored{"A1", "", "ca", "root", opened.clock.wall_now()};
    REQUIRE(opened.registry->begin_own_issuance(stored).ok());
    opened.reopen();
    const registry::OwnCertificate older{"A2", "", "broker", "broker", opened.clock.wall_now()};
    for (int start = 0; start < 2; ++start)
        for (const auto* own : {&stored, &older}) REQUIRE(opened.registry->confirm_own_issuance(*own).ok());
    const auto log = opened.registry->list_issuances("", 10);
    REQUIRE(log->size() == 2);
    for (const auto& entry : *log) CHECK(entry.outcome == "issued");
}

TEST_CASE("no serial is given out twice, whoever it was for and whatever became of it") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    const auto password = opened.register_device("acme", "press-01");
    REQUIRE(opened.registry->begin_application_issuance(opened.record("A1", "acme", "dash")).ok());
    REQUIRE(opened.registry->abandon_application_issuance("A1").ok());
    CHECK_FALSE(opened.registry->begin_issuance(opened.record("A1", "acme", "press-01"), password).ok());
    REQUIRE(opened.registry->delete_application("acme", "dash").ok());
    CHECK_FALSE(opened.registry->begin_issuance(opened.record("A1", "acme", "press-01"), password).ok());
    CHECK(opened.registry->begin_issuance(opened.record("A2", "acme", "press-01"), password).ok());
}

TEST_CASE("what is revoked is listed with its time") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    REQUIRE(opened.registry->revoke_certificate("acme", "0a").ok());
    const auto revoked = opened.registry->revoked_certificates("acme");
    REQUIRE(revoked->size() == 1);
    CHECK(revoked->front().serial == "0A");
    CHECK(revoked->front().at <= opened.clock.wall_now());
    CHECK(opened.registry->revoked_certificates("nowhere").error().code() == Code::not_found);
}

TEST_CASE("a tenant's certificates live as long as its policy says") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    const auto lifetime = [&] { return opened.registry->directory().tenant_named("acme")->options.certificate_lifetime; };
    CHECK(lifetime() == std::chrono::hours(24 * 90));
    testbroker::TenantOptions options;
    options.certificate_lifetime = std::chrono::hours(12);
    REQUIRE(opened.registry->set_tenant_options("acme", options).ok());
    CHECK(lifetime() == std::chrono::hours(12));
    opened.reopen();
    CHECK(lifetime() == std::chrono::hours(12));
    for (const auto wrong : {std::chrono::hours(0), std::chrono::hours(24 * 397 + 1)}) {
        options.certificate_lifetime = wrong;
        CHECK(opened.registry->set_tenant_options("acme", options).error().code() == Code::invalid_argument);
    }
}
