// SPDX-License-Identifier: Apache-2.0
// Who is let in as whom, and what the others are told.
#include "tenancy/admission.hpp"

#include "support/manual_clock.hpp"
#include "support/seeded_random.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using namespace std::chrono_literals;
using namespace testbroker;  // NOLINT(google-build-using-namespace)
using wire::ReasonCode;

/// `acme` and `other` have the device `press-01` and the user `app` each, with passwords of their own; in `other` devices have passwords
/// too.
class TwoTenants final : public tenancy::Directory {
public:
    std::optional<tenancy::Tenant> tenant_of_issuer(std::string_view issuer) const override {
        return issuer.substr(0, 3) == "ca-" ? tenant_named(issuer.substr(3)) : std::nullopt;
    }
    std::optional<tenancy::Tenant> tenant_named(std::string_view name) const override {
        if (name == "acme") return tenancy::Tenant{"acme", Isolation::device, {}};
        if (name == "other") return tenancy::Tenant{"other", Isolation::flat, {true, false}};
        return std::nullopt;
    }
    std::optional<tenancy::Role> role_of(std::string_view tenant, std::string_view name) const override {
        if (name == "app") return tenancy::Role::application;
        return name == "press-01" || (tenant == "acme" && name == "press-02") ? std::optional(tenancy::Role::device) : std::nullopt;
    }
    tenancy::Standing standing(std::string_view, std::string_view name, std::string_view serial) const override {
        if (name == "app" && !serial.empty() && serial != "A9") return tenancy::Standing::certificate_revoked;
        return serial == bad_serial ? tenancy::Standing::certificate_revoked : named;
    }
    std::uint64_t withdrawals() const override { return 0; }
    std::optional<tenancy::Tenant> anonymous_tenant() const override { return anonymous ? tenant_named(*anonymous) : std::nullopt; }
    std::optional<tenancy::Role> check_password(std::string_view tenant, std::string_view user, std::string_view password) const override {
        asked.emplace_back(tenant);
        if (password != "pw of " + std::string(tenant)) return std::nullopt;
        if (user == "app") return tenancy::Role::application;
        return user == "press-01" || user == "a/b+#%" ? std::optional(tenancy::Role::device) : std::nullopt;
    }
    bool remembers_password(std::string_view, std::string_view user, std::string_view) const override { return user == "app"; }

    std::string bad_serial = "BAD0";
    tenancy::Standing named = tenancy::Standing::good;
    std::optional<std::string> anonymous;
    mutable std::vector<std::string> asked;
};

struct Gate {
    std::variant<tenancy::Principal, tenancy::Refusal> admit(const wire::Connect& connect, const tenancy::PeerIdentity& peer) {
        return tenancy::Admission(directory, clock, random).admit(connect, peer);
    }
    /// The reason of the refusal; success if there is none.
    ReasonCode reason(const wire::Connect& connect, const tenancy::PeerIdentity& peer) {
        const auto answer = admit(connect, peer);
        const auto* refusal = std::get_if<tenancy::Refusal>(&answer);
        if (refusal != nullptr) CHECK_FALSE(refusal->why.empty());
        return refusal == nullptr ? ReasonCode::success : refusal->reason;
    }
    tenancy::Principal principal(const wire::Connect& connect, const tenancy::PeerIdentity& peer) {
        return std::get<tenancy::Principal>(admit(connect, peer));
    }
    [[nodiscard]] tenancy::PeerIdentity certificate(const std::string& cn, const std::string& issuer = "ca-acme") const {
        return {tenancy::PeerCertificate{cn, issuer, clock.wall_now() + 24h}};
    }

    TwoTenants directory;
    ManualClock clock;
    SeededRandom random{5};
};

wire::Connect says(std::string_view client_id) {
    wire::Connect connect;
    connect.client_id = client_id;
    return connect;
}

wire::Connect says(std::string_view client_id, std::string_view user, std::optional<std::string_view> password) {
    wire::Connect connect = says(client_id);
    connect.username = user;
    connect.password = password;
    return connect;
}

}  // namespace

TEST_CASE("a certificate makes a device of the tenant whose CA issued it") {
    Gate gate;
    const auto device = gate.principal(says("press-01"), gate.certificate("press-01"));
    CHECK(device.tenant == "acme");
    CHECK(device.role == tenancy::Role::device);
    CHECK(device.client_id == "press-01");
    CHECK_FALSE(device.client_id_was_assigned);
    CHECK(device.isolation == Isolation::device);
    CHECK(device.certificate_not_after == gate.clock.wall_now() + 24h);
    const auto namesake = gate.principal(says("press-01"), gate.certificate("press-01", "ca-other"));
    CHECK(namesake.tenant == "other");
    CHECK(namesake.isolation == Isolation::flat);
}

TEST_CASE("a device that names no client id is given its certificate's name") {
    Gate gate;
    const auto device = gate.principal(says(""), gate.certificate("press-01"));
    CHECK(device.client_id == "press-01");
    CHECK(device.client_id_was_assigned);
}

TEST_CASE("a client id that is not the certificate's common name, byte for byte, is not authorised") {
    Gate gate;
    for (const auto* id : {"press-02", "PRESS-01", "press-01 ", "press-0", "press-011"}) {
        INFO(id);
        CHECK(gate.reason(says(id), gate.certificate("press-01")) == ReasonCode::not_authorized);
    }
}

TEST_CASE("a certificate that names nobody here is not authorised") {
    Gate gate;
    CHECK(gate.reason(says("stranger"), gate.certificate("stranger")) == ReasonCode::not_authorized);
    CHECK(gate.reason(says("press-02"), gate.certificate("press-02", "ca-other")) == ReasonCode::not_authorized);
    CHECK(gate.reason(says("press-01"), gate.certificate("press-01", "ca-unknown")) == ReasonCode::not_authorized);
    CHECK(gate.reason(says("press-01"), gate.certificate("press-01", "")) == ReasonCode::not_authorized);
    CHECK(gate.reason(says(""), gate.certificate("")) == ReasonCode::not_authorized);
}

TEST_CASE("a revoked certificate and a revoked device are refused, whatever the handshake said") {
    Gate gate;
    auto peer = gate.certificate("press-01");
    peer.certificate->serial = "01AB";
    CHECK(gate.reason(says("press-01"), peer) == ReasonCode::success);
    CHECK(gate.principal(says("press-01"), peer).proof->certificate_serial == "01AB");
    peer.certificate->serial = "BAD0";
    CHECK(gate.reason(says("press-01"), peer) == ReasonCode::not_authorized);
    peer.certificate->serial = "01AB";
    gate.directory.named = tenancy::Standing::revoked;
    CHECK(gate.reason(says("press-01"), peer) == ReasonCode::not_authorized);
}

TEST_CASE("a certificate that was issued to an application makes one, under any client id") {
    Gate gate;
    auto peer = gate.certificate("app");
    peer.certificate->serial = "A9";
    const auto application = gate.principal(says("any/thing"), peer);
    CHECK(application.role == tenancy::Role::application);
    CHECK(application.client_id == "any/thing");
    CHECK(application.certificate_not_after == peer.certificate->not_after);
    for (const auto* serial : {"01AB", ""}) {
        peer.certificate->serial = serial;
        CHECK(gate.reason(says("any/thing"), peer) == ReasonCode::not_authorized);
    }
}

TEST_CASE("who was let in is withdrawn when it or its certificate is, and keeps its session in the second case only") {
    Gate gate;
    const tenancy::Admission admission(gate.directory, gate.clock, gate.random);
    auto peer = gate.certificate("press-01");
    peer.certificate->serial = "01AB";
    const auto device = gate.principal(says("press-01"), peer);
    CHECK_FALSE(admission.withdrawn(device));
    gate.directory.bad_serial = "01AB";
    REQUIRE(admission.withdrawn(device));
    CHECK_FALSE(admission.withdrawn(device)->ends_session);
    gate.directory.bad_serial.clear();
    gate.directory.named = tenancy::Standing::unknown;
    REQUIRE(admission.withdrawn(device));
    CHECK(admission.withdrawn(device)->ends_session);
}

TEST_CASE("anonymous clients are withdrawn when their tenant is no more") {
    Gate gate;
    const tenancy::Admission admission(gate.directory, gate.clock, gate.random);
    tenancy::Principal guest;
    guest.tenant = "other";
    guest.role = tenancy::Role::application;
    CHECK_FALSE(admission.withdrawn(guest));
    guest.tenant = "gone";
    CHECK(admission.withdrawn(guest));
}

TEST_CASE("a certificate counts until its last second and no longer") {
    Gate gate;
    const auto peer = gate.certificate("press-01");
    gate.clock.advance(24h);
    CHECK(gate.reason(says("press-01"), peer) == ReasonCode::success);
    gate.clock.advance(1s);
    CHECK(gate.reason(says("press-01"), peer) == ReasonCode::not_authorized);
}

TEST_CASE("beside a certificate a user name may only repeat its tenant, and a password opens nothing") {
    Gate gate;
    const auto peer = gate.certificate("press-01");
    CHECK(gate.reason(says("press-01", "acme", "x"), peer) == ReasonCode::success);
    CHECK(gate.reason(says("press-01", "", std::nullopt), peer) == ReasonCode::success);
    CHECK(gate.reason(says("press-01", "other", std::nullopt), peer) == ReasonCode::not_authorized);
    CHECK(gate.reason(says("press-01", "acme/app", "pw of acme"), peer) == ReasonCode::not_authorized);
    // A certificate that is no good is not saved by a good password.
    CHECK(gate.reason(says("x", "acme/app", "pw of acme"), gate.certificate("stranger")) == ReasonCode::not_authorized);
}

TEST_CASE("a user name and its password make an application of the tenant, under any client id") {
    Gate gate;
    for (const auto* id : {"press-01", "dash/board", "#"}) {
        const auto application = gate.principal(says(id, "acme/app", "pw of acme"), {});
        CHECK(application.tenant == "acme");
        CHECK(application.role == tenancy::Role::application);
        CHECK(application.client_id == id);
        CHECK_FALSE(application.client_id_was_assigned);
        CHECK_FALSE(application.certificate_not_after);
    }
}

TEST_CASE("an application that names no client id is given a new one each time") {
    Gate gate;
    const auto one = gate.principal(says("", "acme/app", "pw of acme"), {});
    const auto two = gate.principal(says("", "acme/app", "pw of acme"), {});
    CHECK(one.client_id_was_assigned);
    CHECK(one.client_id.size() == 36);
    CHECK(one.client_id != two.client_id);
}

TEST_CASE("a wrong user, tenant or password is one refusal that does not say which") {
    Gate gate;
    const auto why = [&](std::string_view user, std::string_view password) {
        const auto answer = gate.admit(says("x", user, password), {});
        const auto& refusal = std::get<tenancy::Refusal>(answer);
        CHECK(refusal.reason == ReasonCode::bad_user_name_or_password);
        return refusal.why;
    };
    const auto expected = why("acme/app", "wrong");
    for (const auto* user : {"acme/nobody", "nowhere/app", "acme", "app", "", "/", "acme/", "/app", "acme/app/x", "other/app"}) {
        INFO(user);
        CHECK(why(user, "pw of acme") == expected);
    }
    CHECK(why("acme/app", "") == expected);
    CHECK(why("acme/app", "pw of other") == expected);
}

TEST_CASE("a device with a password is its tenant's device, under its own client id only") {
    Gate gate;
    const auto device = gate.principal(says("press-01", "other/press-01", "pw of other"), {});
    CHECK(device.tenant == "other");
    CHECK(device.role == tenancy::Role::device);
    CHECK(device.client_id == "press-01");
    CHECK_FALSE(device.client_id_was_assigned);
    CHECK_FALSE(device.certificate_not_after);
    CHECK(gate.reason(says("press-02", "other/press-01", "pw of other"), {}) == ReasonCode::not_authorized);
    CHECK(gate.reason(says("press-01", "other/press-01", "pw of acme"), {}) == ReasonCode::bad_user_name_or_password);
}

TEST_CASE("a device with a password that names no client id is told its own") {
    Gate gate;
    const auto device = gate.principal(says("", "other/press-01", "pw of other"), {});
    CHECK(device.client_id == "press-01");
    CHECK(device.client_id_was_assigned);
}

TEST_CASE("a user name's tenant ends at its first slash; the device may have more") {
    Gate gate;
    CHECK(gate.principal(says("a/b+#%", "other/a/b+#%", "pw of other"), {}).client_id == "a/b+#%");
}

TEST_CASE("where a tenant allows no device passwords, a right one is refused as a wrong one is") {
    Gate gate;
    CHECK(gate.reason(says("press-01", "acme/press-01", "pw of acme"), {}) == ReasonCode::bad_user_name_or_password);
}

TEST_CASE("who shows nothing is an application of the one tenant that takes anonymous clients") {
    Gate gate;
    CHECK(gate.reason(says("x"), {}) == ReasonCode::not_authorized);
    gate.directory.anonymous = "other";
    const auto guest = gate.principal(says("x"), {});
    CHECK(guest.tenant == "other");
    CHECK(guest.role == tenancy::Role::application);
    CHECK(guest.client_id == "x");
    CHECK(gate.principal(says(""), {}).client_id.size() == 36);
    // What is shown must be right: nobody falls back to being nobody.
    CHECK(gate.reason(says("x", "other/app", "wrong"), {}) == ReasonCode::bad_user_name_or_password);
    CHECK(gate.reason(says("x", "other/app", std::nullopt), {}) == ReasonCode::not_authorized);
    CHECK(gate.reason(says("stranger"), gate.certificate("stranger")) == ReasonCode::not_authorized);
}

TEST_CASE("only a password that was not right before takes long to judge") {
    Gate gate;
    const tenancy::Admission admission(gate.directory, gate.clock, gate.random);
    CHECK(admission.takes_long(says("x", "other/press-01", "pw of other"), {}));
    CHECK_FALSE(admission.takes_long(says("x", "other/app", "pw of other"), {}));
    CHECK_FALSE(admission.takes_long(says("x", "no tenant", "p"), {}));
    CHECK_FALSE(admission.takes_long(says("press-01"), gate.certificate("press-01")));
    CHECK_FALSE(admission.takes_long(says("x"), {}));
}

TEST_CASE("an unknown tenant's password is looked up as a known one's, so that the time does not tell") {
    Gate gate;
    gate.reason(says("x", "nowhere/app", "p"), {});
    CHECK(gate.directory.asked == std::vector<std::string>{"nowhere"});
}

TEST_CASE("nobody is let in without an identity") {
    Gate gate;
    CHECK(gate.reason(says("press-01"), {}) == ReasonCode::not_authorized);
    CHECK(gate.reason(says("press-01", "acme/app", std::nullopt), {}) == ReasonCode::not_authorized);
    wire::Connect password_only = says("press-01");
    password_only.password = "pw of acme";
    CHECK(gate.reason(password_only, {}) == ReasonCode::not_authorized);
}

TEST_CASE("enhanced authentication is refused, also beside a good certificate") {
    Gate gate;
    auto connect = says("press-01");
    connect.properties.authentication_method = "SCRAM-SHA-256";
    CHECK(gate.reason(connect, gate.certificate("press-01")) == ReasonCode::bad_authentication_method);
}

TEST_CASE("a refusal shows what the client said on one line and not without end") {
    Gate gate;
    const std::string id = "a\nb" + std::string(60'000, 'x');
    const auto answer = gate.admit(says(id), gate.certificate("press-01"));
    const auto& why = std::get<tenancy::Refusal>(answer).why;
    CHECK(why.size() < 1'000);
    CHECK(why.find('\n') == std::string::npos);
    CHECK(why.find("press-01") != std::string::npos);
}

}  // namespace muster::test
