// SPDX-License-Identifier: Apache-2.0
// CAs from elsewhere in the registry.
#include "opened_registry.hpp"

using namespace muster;
using namespace muster::testbroker;

namespace {

registry::TrustedCaRecord record(const std::string& tenant, const std::string& name, const std::string& challenge) {
    return {tenant,
            "pem of " + name,
            "sha256 of " + name,
            "CN=" + name,
            "name of " + name,
            "key of " + name,
            base::WallTime(std::chrono::hours(24 * 365 * 70)),
            challenge,
            AutoRegistration::on};
}

}  // namespace

TEST_CASE("a trusted CA names its tenant's devices, also after a restart, until it is removed") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    REQUIRE(opened.registry->add_trusted_ca(record("acme", "plant", opened.registry->make_ca_challenge("acme")->text)).ok());
    for (int time = 0; time < 2; ++time) {
        const auto issuer = opened.registry->directory().issuer("sha256 of plant");
        REQUIRE(issuer.has_value());
        CHECK(issuer->tenant.name == "acme");
        CHECK(issuer->is_external);
        CHECK(issuer->registers_devices);
        CHECK(!opened.registry->directory().issuer("sha256 of acme")->is_external);
        CHECK(!opened.registry->directory().tenant_of_issuer("sha256 of plant").has_value());
        CHECK(opened.registry->ca_pems("acme").value() == std::vector<std::string>{"pem of acme", "pem of plant"});
        CHECK(opened.registry->ca_pems("other").value().empty());
        opened.reopen();
    }
    const auto before = opened.registry->directory().withdrawals();
    CHECK(opened.registry->require_certificate("acme", "02").ok());
    CHECK(opened.registry->remove_trusted_ca("other", "sha256 of plant").error().code() == Code::not_found);
    REQUIRE(opened.registry->remove_trusted_ca("acme", "sha256 of plant").ok());
    CHECK(opened.registry->directory().withdrawals() > before);
    CHECK(!opened.registry->directory().issuer("sha256 of plant").has_value());
    CHECK(opened.registry->ca_pems("acme").value() == std::vector<std::string>{"pem of acme"});
    CHECK(opened.registry->remove_trusted_ca("acme", "sha256 of plant").error().code() == Code::not_found);
}

TEST_CASE("a challenge is good once, for its tenant, for a day, and until the next") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    opened.add_tenant("other");
    const auto code = [&](const std::string& tenant, const std::string& challenge) {
        const auto added = opened.registry->add_trusted_ca(record(tenant, "plant of " + tenant, challenge));
        return added ? std::optional<Code>() : added.error().code();
    };
    CHECK(code("acme", "") == Code::denied);
    const auto first = opened.registry->make_ca_challenge("acme")->text;
    const auto second = opened.registry->make_ca_challenge("acme")->text;
    CHECK(code("acme", first) == Code::denied);
    CHECK(code("other", second) == Code::denied);
    CHECK(!code("acme", second).has_value());
    CHECK(code("acme", second) == Code::denied);
    const auto third = opened.registry->make_ca_challenge("acme")->text;
    opened.clock.advance(std::chrono::hours(24));
    CHECK(code("acme", third) == Code::expired);
}

TEST_CASE("a CA goes with its tenant, and may then be another one's") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    opened.add_tenant("other");
    const auto add = [&](const std::string& tenant) {
        return opened.registry->add_trusted_ca(record(tenant, "plant", opened.registry->make_ca_challenge(tenant)->text));
    };
    REQUIRE(add("acme").ok());
    CHECK(add("other").error().code() == Code::conflict);
    REQUIRE(opened.registry->make_ca_challenge("acme").ok());
    REQUIRE(opened.registry->delete_tenant("acme").ok());
    CHECK(!opened.registry->directory().issuer("sha256 of plant").has_value());
    CHECK(add("other").ok());
}

TEST_CASE("a device that a CA names is registered under any name, but not under an application's") {
    test::OpenedRegistry opened;
    opened.add_tenant("acme");
    REQUIRE(opened.registry->set_application("acme", "dash", "s3cret").ok());
    CHECK(opened.registry->register_named_device("acme", "hall/+/#").ok());
    CHECK(opened.registry->register_named_device("acme", "hall/+/#").ok());
    CHECK(opened.registry->directory().is_registered("acme", "hall/+/#"));
    CHECK(opened.registry->register_named_device("acme", "dash").error().code() == Code::conflict);
    CHECK(opened.registry->register_named_device("acme", "a\nb").error().code() == Code::invalid_argument);
    CHECK(opened.registry->register_named_device("nowhere", "press-01").error().code() == Code::not_found);
}
