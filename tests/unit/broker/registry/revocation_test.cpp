// SPDX-License-Identifier: Apache-2.0
#include "opened_registry.hpp"

using namespace muster;
using namespace muster::testbroker;
using tenancy::Standing;

namespace {

/// A tenant with the device `press-01`, which has the certificate 01AB and a password, and the application `dash`.
struct Fleet : test::OpenedRegistry {
    Fleet() {
        add_tenant("acme", Isolation::device, {true, false});
        const auto password = register_device("acme", "press-01");
        REQUIRE(registry->begin_issuance(record("01AB", "acme", "press-01"), password).ok());
        REQUIRE(registry->finish_issuance("01AB").ok());
        REQUIRE(registry->set_device_password("acme", "press-01", "pw").ok());
        REQUIRE(registry->set_application("acme", "dash", "pw").ok());
    }
    Standing standing(const std::string& name, const std::string& serial = "") {
        return registry->directory().standing("acme", name, serial);
    }
};

}  // namespace

TEST_CASE("a revoked device is let in by nothing it has, also after a restart") {
    Fleet fleet;
    CHECK(fleet.standing("press-01", "01AB") == Standing::good);
    const auto before = fleet.registry->directory().withdrawals();
    REQUIRE(fleet.registry->revoke_device("acme", "press-01").ok());
    CHECK(fleet.registry->directory().withdrawals() > before);
    for (int time = 0; time < 2; ++time) {
        CHECK(fleet.standing("press-01", "01AB") == Standing::revoked);
        CHECK(fleet.standing("press-01", "FF") == Standing::revoked);
        CHECK(fleet.standing("press-01") == Standing::revoked);
        CHECK(!fleet.lets_in("acme", "press-01", "pw"));
        CHECK(fleet.lets_in("acme", "dash", "pw"));
        CHECK(fleet.registry->list_devices("acme")->at(0).revoked);
        fleet.reopen();
    }
}

TEST_CASE("a revoked device gets no one-time password, and the one it has is worthless") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    const auto password = opened.register_device("acme", "press-01");
    REQUIRE(opened.registry->revoke_device("acme", "press-01").ok());
    CHECK(opened.registry->check_one_time_password("acme", "press-01", password).error().code() == Code::denied);
    CHECK(opened.registry->begin_issuance(opened.record("01", "acme", "press-01"), password).error().code() == Code::denied);
    CHECK(opened.registry->register_device("acme", "press-01").error().code() == Code::conflict);
}

TEST_CASE("an enrollment that is under way when its device is revoked gives no certificate") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    const auto password = opened.register_device("acme", "press-01");
    REQUIRE(opened.registry->begin_issuance(opened.record("01AB", "acme", "press-01"), password).ok());
    REQUIRE(opened.registry->revoke_device("acme", "press-01").ok());
    CHECK(opened.registry->finish_issuance("01AB").error().code() == Code::not_found);
}

TEST_CASE("a revoked certificate is refused, another one of the device is not") {
    Fleet fleet;
    REQUIRE(fleet.registry->revoke_certificate("acme", "1:ab").ok());
    for (int time = 0; time < 2; ++time) {
        CHECK(fleet.standing("press-01", "01AB") == Standing::certificate_revoked);
        CHECK(fleet.standing("press-01", "01AC") == Standing::good);
        CHECK(fleet.lets_in("acme", "press-01", "pw"));
        fleet.reopen();
    }
    CHECK(fleet.registry->revoke_certificate("acme", "not hex").error().code() == Code::invalid_argument);
    CHECK(fleet.registry->revoke_certificate("nobody", "01").error().code() == Code::not_found);
}

TEST_CASE("a serial is one that the tenant's CA has given, unless the tenant trusts others") {
    Fleet fleet;
    CHECK(fleet.registry->require_certificate("acme", "01:AB").ok());
    for (const auto* serial : {"02", "01AD"}) CHECK(fleet.registry->require_certificate("acme", serial).error().code() == Code::not_found);
    CHECK(fleet.registry->require_certificate("nobody", "01AB").error().code() == Code::not_found);
    CHECK(fleet.registry->require_certificate("acme", "12:34:5").error().code() == Code::invalid_argument);
    REQUIRE(fleet.registry->delete_device("acme", "press-01").ok());
    CHECK(fleet.registry->require_certificate("acme", "01AB").ok());
}

TEST_CASE("who takes a deleted device's name is not let in by its certificate") {
    Fleet fleet;
    REQUIRE(fleet.registry->delete_device("acme", "press-01").ok());
    CHECK(fleet.standing("press-01", "01AB") == Standing::unknown);
    CHECK(!fleet.lets_in("acme", "press-01", "pw"));
    CHECK(fleet.registry->list_devices("acme")->empty());
    fleet.register_device("acme", "press-01");
    for (int time = 0; time < 2; ++time) {
        CHECK(fleet.standing("press-01", "01AB") == Standing::certificate_revoked);
        CHECK(fleet.standing("press-01", "01AC") == Standing::good);
        CHECK(!fleet.lets_in("acme", "press-01", "pw"));
        fleet.reopen();
    }
    CHECK(fleet.registry->delete_device("acme", "press-02").error().code() == Code::not_found);
}

TEST_CASE("a device's certificate does not make it the application that has its name") {
    Fleet fleet;
    REQUIRE(fleet.registry->delete_device("acme", "press-01").ok());
    REQUIRE(fleet.registry->set_application("acme", "press-01", "pw").ok());
    CHECK(fleet.registry->directory().role_of("acme", "press-01") == tenancy::Role::application);
    CHECK(fleet.standing("press-01", "01AB") == Standing::certificate_revoked);
    // Nor does one from elsewhere, which the registry has never seen.
    CHECK(fleet.standing("press-01", "0777") == Standing::certificate_revoked);
    CHECK(fleet.standing("press-01") == Standing::good);
}

TEST_CASE("a deleted application is not let in any more") {
    Fleet fleet;
    REQUIRE(fleet.registry->delete_application("acme", "dash").ok());
    CHECK(!fleet.lets_in("acme", "dash", "pw"));
    CHECK(fleet.standing("dash") == Standing::unknown);
    CHECK(fleet.registry->delete_application("acme", "press-01").error().code() == Code::not_found);
    fleet.reopen();
    CHECK(!fleet.lets_in("acme", "dash", "pw"));
}

TEST_CASE("a deleted tenant leaves nothing but the knowledge that its CA is retired") {
    Fleet fleet;
    fleet.add_tenant("other");
    REQUIRE(fleet.registry->set_tenant_limits("acme", {5, {}, {}, {}, {}, {}, {}, {}}).ok());
    REQUIRE(fleet.registry->revoke_certificate("acme", "01").ok());
    CHECK(!fleet.registry->is_retired("sha256 of acme").value());
    REQUIRE(fleet.registry->delete_tenant("acme").ok());
    CHECK(fleet.registry->is_retired("sha256 of acme").value());
    CHECK(!fleet.registry->directory().tenant_of_issuer("sha256 of acme"));
    CHECK(!fleet.registry->directory().tenant_named("acme"));
    CHECK(fleet.standing("press-01", "01AB") == Standing::unknown);
    CHECK(!fleet.lets_in("acme", "dash", "pw"));
    fleet.reopen();
    CHECK(fleet.registry->list_tenants()->size() == 1);
    CHECK(fleet.registry->delete_tenant("acme").error().code() == Code::not_found);
}

TEST_CASE("a tenant's limits are kept, replaced and known to admission") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    TenantLimits limits;
    limits.connections = 100;
    limits.packet_size = 4'294'967'295;
    REQUIRE(opened.registry->set_tenant_limits("acme", limits).ok());
    for (int time = 0; time < 2; ++time) {
        CHECK(opened.registry->tenant_limits("acme")->connections == 100);
        CHECK(!opened.registry->tenant_limits("acme")->inflight);
        CHECK(opened.registry->directory().tenant_named("acme")->limits.packet_size == 4'294'967'295);
        opened.reopen();
    }
    REQUIRE(opened.registry->set_tenant_options("acme", {true, false}).ok());
    CHECK(opened.registry->directory().tenant_named("acme")->limits.connections == 100);
    REQUIRE(opened.registry->set_tenant_limits("acme", {}).ok());
    CHECK(!opened.registry->tenant_limits("acme")->connections);
    limits.inflight = 0;
    CHECK(opened.registry->set_tenant_limits("acme", limits).error().code() == Code::invalid_argument);
    CHECK(opened.registry->tenant_limits("nobody").error().code() == Code::not_found);
}
