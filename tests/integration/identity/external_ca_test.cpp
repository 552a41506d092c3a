// SPDX-License-Identifier: Apache-2.0
// Devices whose names come from a CA that is not the broker's.
#include "identity_stage.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using testbroker::AutoRegistration;
using wire::ReasonCode;

Result<testbroker::TrustedCa> add_to(IdentityStage& stage, const std::string& tenant, const Minted& ca,
                                     AutoRegistration auto_registration = AutoRegistration::on) {
    const auto challenge = stage.broker().make_ca_challenge(tenant);
    REQUIRE(challenge.ok());
    CertificateSpec proof;
    proof.common_names = {challenge->text};
    return stage.broker().add_trusted_ca(tenant, pem_of(ca.certificate), pem_of(mint(proof, &ca).certificate), auto_registration);
}

Shown named(const std::vector<std::string>& names, const Minted& ca) {
    CertificateSpec spec;
    spec.common_names = names;
    const auto minted = mint(spec, &ca);
    return {minted.key, minted.certificate, {}};
}

void check_refused_by_tls(const IdentityStage& stage, const Shown& shown, const char* alert = "unknown ca") {
    TlsClient client(stage.port(), shown);
    CHECK_FALSE(client.enter().has_value());
    CHECK_THAT(client.why(), Catch::Contains(alert));
}

}  // namespace

TEST_CASE("names from elsewhere are compared byte by byte, and are seen by applications under their encoded name") {
    IdentityStage stage;
    const auto ca = mint_ca("plant 7");
    REQUIRE(add_to(stage, "acme", ca).ok());
    TlsClient application(stage.port(), stage.application("acme", "dash"));
    REQUIRE(application.enter() == ReasonCode::success);
    application.subscribe("#");
    const std::vector<std::pair<std::string, std::string>> names = {{"hall/press", "hall%2Fpress"},
                                                                    {"+", "%2B"},
                                                                    {"#", "%23"},
                                                                    {"100%", "100%25"},
                                                                    {" a b ", " a b "},
                                                                    {"Fr\xC3\xA4se", "Fr\xC3\xA4se"},
                                                                    {"$SYS", "%24SYS"},
                                                                    {"\xF0\x9F\x8F\xAD", "\xF0\x9F\x8F\xAD"}};
    for (const auto& [name, encoded] : names) {
        INFO(name);
        TlsClient device(stage.port(), named({name}, ca));
        REQUIRE(device.enter(name) == ReasonCode::success);
        device.subscribe("#");
        device.publish("state", name);
        CHECK(device.expect<wire::Publish>().topic == "state");
        const auto& seen = application.expect<wire::Publish>();
        CHECK(seen.topic == encoded + "/state");
        CHECK(seen.payload == name);
    }
    CHECK(stage.enter(named({"Fra\xCC\x88se"}, ca), "Fr\xC3\xA4se") == ReasonCode::not_authorized);
}

TEST_CASE("a certificate without exactly one usable name from elsewhere is refused, and nobody is registered") {
    IdentityStage stage;
    const auto ca = mint_ca("plant 7");
    REQUIRE(add_to(stage, "acme", ca).ok());
    const std::vector<std::vector<std::string>> refused = {
        {std::string("press\0-01", 9)}, {"press\n01"}, {"press\x7F"}, {"press\xC2\x85"}, {"press-01", "press-02"}, {}};
    for (const auto& names : refused) CHECK(stage.enter(named(names, ca)) == ReasonCode::not_authorized);
    CHECK(stage.broker().list_devices("acme")->empty());
}

TEST_CASE("the same name from the CAs of two tenants is two devices") {
    IdentityStage stage;
    const auto here = mint_ca("plant 7");
    const auto there = mint_ca("plant 8");
    REQUIRE(add_to(stage, "acme", here).ok());
    REQUIRE(add_to(stage, "other", there).ok());
    TlsClient one(stage.port(), named({"press-01"}, here));
    TlsClient two(stage.port(), named({"press-01"}, there));
    REQUIRE(one.enter() == ReasonCode::success);
    REQUIRE(two.enter() == ReasonCode::success);
    one.subscribe("#");
    two.subscribe("#");
    two.publish("state", "there");
    one.publish("state", "here");
    CHECK(one.expect<wire::Publish>().payload == "here");
    CHECK(two.expect<wire::Publish>().payload == "there");
}

TEST_CASE("a CA, its key and its name belong to one tenant, and the broker's own to nobody") {
    IdentityStage stage;
    const auto ca = mint_ca("plant 7");
    REQUIRE(add_to(stage, "acme", ca).ok());
    CHECK(add_to(stage, "acme", ca).ok());
    CHECK(add_to(stage, "other", ca).error().code() == Code::conflict);
    CertificateSpec spec;
    spec.is_ca = true;
    spec.extended_key_usage.clear();
    spec.common_names = {"plant 8"};
    CHECK(add_to(stage, "other", mint(spec, nullptr, ca.key)).error().code() == Code::conflict);
    CHECK(add_to(stage, "other", mint_ca("plant 7")).error().code() == Code::conflict);
    CHECK(add_to(stage, "other", mint_ca("plant 8")).ok());
}

TEST_CASE("a CA whose certificate has no end is trusted") {
    IdentityStage stage;
    CertificateSpec spec;
    spec.is_ca = true;
    spec.extended_key_usage.clear();
    spec.common_names = {"plant 7"};
    spec.ends = std::chrono::system_clock::time_point::max();
    const auto ca = mint(spec);
    REQUIRE(add_to(stage, "acme", ca).ok());
    CHECK(stage.enter(named({"press-01"}, ca)) == ReasonCode::success);
}

TEST_CASE("what proves nothing adds no CA") {
    IdentityStage stage;
    const auto ca = mint_ca("plant 7");
    const auto challenge = stage.broker().make_ca_challenge("acme");
    const auto code = [&](const Minted& wanted, const Minted& signer, const std::vector<std::string>& names) {
        CertificateSpec proof;
        proof.common_names = names;
        return stage.broker().add_trusted_ca("acme", pem_of(wanted.certificate), pem_of(mint(proof, &signer).certificate)).error().code();
    };
    const auto leaf = mint({}, &ca);
    CHECK(code(ca, mint_ca("plant 7"), {challenge->text}) == Code::denied);
    CHECK(code(ca, ca, {"another text"}) == Code::denied);
    CHECK(code(ca, ca, {challenge->text, "press-01"}) == Code::denied);
    CHECK(code(ca, ca, {}) == Code::denied);
    CHECK(code(leaf, leaf, {challenge->text}) == Code::invalid_argument);
    CHECK(code(ca, ca, {stage.broker().make_ca_challenge("other")->text}) == Code::denied);
    CHECK(stage.broker().add_trusted_ca("acme", pem_of(ca.certificate), "no PEM").error().code() == Code::invalid_argument);
    CHECK(stage.broker().make_ca_challenge("nowhere").error().code() == Code::not_found);
    CHECK(stage.broker().list_trusted_cas("acme")->empty());
    CHECK(add_to(stage, "acme", ca).ok());
}

TEST_CASE("a device that its CA does not register is let in once somebody has registered it") {
    IdentityStage stage;
    const auto ca = mint_ca("plant 7");
    const auto added = add_to(stage, "acme", ca, AutoRegistration::off);
    REQUIRE(added.ok());
    const auto shown = named({"press-01"}, ca);
    CHECK(stage.enter(shown) == ReasonCode::not_authorized);
    REQUIRE(stage.broker().register_device("acme", "press-01").ok());
    CHECK(stage.enter(shown) == ReasonCode::success);
    CHECK(stage.enter(named({"press-02"}, ca)) == ReasonCode::not_authorized);
    REQUIRE(stage.broker().set_auto_registration("acme", added->sha256, AutoRegistration::on).ok());
    CHECK(stage.enter(named({"press-02"}, ca)) == ReasonCode::success);
    CHECK(stage.broker().list_devices("acme")->size() == 2);
}

TEST_CASE("a CA that is removed takes its devices' connections with it, resumed sessions too") {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        IdentityStage stage;
        const auto ca = mint_ca("plant 7");
        const auto added = add_to(stage, "acme", ca);
        auto shown = named({"press-01"}, ca);
        shown.version = version;
        TlsClient device(stage.port(), shown);
        REQUIRE(device.enter() == ReasonCode::success);
        shown.resumed = device.session();
        TlsClient own(stage.port(), stage.device("acme", "press-02"));
        REQUIRE(own.enter() == ReasonCode::success);
        REQUIRE(stage.broker().remove_trusted_ca("acme", added->sha256).ok());
        CHECK(device.expect_end() == ReasonCode::not_authorized);
        check_refused_by_tls(stage, shown);
        shown.resumed = nullptr;
        check_refused_by_tls(stage, shown);
        own.publish("still", "here");
        CHECK(stage.enter(stage.device("acme", "press-03")) == ReasonCode::success);
        REQUIRE(add_to(stage, "acme", ca).ok());
        CHECK(stage.enter(shown) == ReasonCode::success);
    }
}

TEST_CASE("a CA that is removed does not stand in the way of another of its name") {
    IdentityStage stage;
    const auto first = mint_ca("plant 7");
    const auto added = add_to(stage, "acme", first);
    REQUIRE(added.ok());
    REQUIRE(stage.broker().remove_trusted_ca("acme", added->sha256).ok());
    const auto second = mint_ca("plant 7");
    REQUIRE(add_to(stage, "other", second).ok());
    check_refused_by_tls(stage, named({"press-01"}, first), "decrypt error");
    CHECK(stage.enter(named({"press-01"}, second)) == ReasonCode::success);
}

TEST_CASE("the CAs of a deleted tenant are gone from TLS at once, its own too, even if it is sent along with the root") {
    IdentityStage stage;
    const auto plant = mint_ca("plant 7");
    REQUIRE(add_to(stage, "acme", plant).ok());
    auto own = stage.device("acme", "press-01");
    REQUIRE(stage.enter(own) == ReasonCode::success);
    own.chain = {stage.ca("acme").certificate, stage.ca("root").certificate};
    const auto foreign = named({"press-02"}, plant);
    REQUIRE(stage.enter(foreign) == ReasonCode::success);
    const auto neighbour = stage.device("other", "press-01");
    TlsClient undisturbed(stage.port(), neighbour);
    REQUIRE(undisturbed.enter() == ReasonCode::success);
    undisturbed.subscribe("#");
    REQUIRE(stage.broker().delete_tenant("acme").ok());
    check_refused_by_tls(stage, own);
    check_refused_by_tls(stage, foreign);
    undisturbed.publish("still", "here");
    CHECK(undisturbed.expect<wire::Publish>().payload == "here");
    CHECK(stage.enter(stage.device("other", "press-02")) == ReasonCode::success);
    REQUIRE(stage.broker().create_tenant("acme").ok());
    check_refused_by_tls(stage, own);
    CHECK(stage.enter(stage.device("acme", "press-01")) == ReasonCode::success);
}

TEST_CASE("another CA makes no applications, whatever serial it chooses") {
    IdentityStage stage;
    const auto ca = mint_ca("plant 7");
    REQUIRE(add_to(stage, "acme", ca).ok());
    const auto application = stage.application("acme", "dash");
    auto imitation = named({"dash"}, ca);
    X509_set_serialNumber(imitation.certificate.get(), X509_get_serialNumber(application.certificate.get()));
    REQUIRE(X509_sign(imitation.certificate.get(), ca.key.get(), EVP_sha256()) > 0);
    CHECK(stage.enter(imitation) == ReasonCode::not_authorized);
    CHECK(stage.enter(application) == ReasonCode::success);
}

TEST_CASE("a CA below a root is trusted alone, and does not vouch for what stands below it") {
    IdentityStage stage;
    const auto root = mint_ca("root");
    const auto plant = mint_ca("plant 7", &root);
    const auto sub = mint_ca("line 1", &plant);
    REQUIRE(add_to(stage, "acme", plant).ok());
    CHECK(stage.enter(named({"press-01"}, plant)) == ReasonCode::success);
    CHECK(stage.enter(named({"press-02"}, root)) != ReasonCode::success);
    auto below = named({"press-03"}, sub);
    below.chain = {sub.certificate};
    CHECK(stage.enter(below) == ReasonCode::not_authorized);
}

}  // namespace muster::test
