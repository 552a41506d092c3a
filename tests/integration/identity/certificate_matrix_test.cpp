// SPDX-License-Identifier: Apache-2.0
// Every kind of certificate, good and bad, and what the broker makes of it: in TLS 1.2 and 1.3, in full and resumed handshakes.
#include "identity_stage.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using namespace std::chrono_literals;
using wire::ReasonCode;

/// How far somebody comes.
enum class Verdict : std::uint8_t { admitted, refused_by_admission, refused_by_tls };

/// What the rows draw upon: `press-01` is a device of `acme` and of `other`, `press-09` of `other` only, `dash` an application of `acme`.
struct World {
    World() {
        for (const char* tenant : {"acme", "other"}) REQUIRE(stage.broker().register_device(tenant, "press-01").ok());
        REQUIRE(stage.broker().register_device("other", "press-09").ok());
        for (const char* name : {"revoked", "deleted"}) REQUIRE(stage.broker().register_device("acme", name).ok());
        application = stage.application("acme", "dash");
        acme = stage.ca("acme");
        other = stage.ca("other");
        root = stage.ca("root");
    }
    Shown of(const CertificateSpec& spec, const Minted* issuer = nullptr, const KeyHandle& key = nullptr) const {
        const auto minted = mint(spec, issuer == nullptr ? &acme : issuer, key);
        return {minted.key, minted.certificate, {}};
    }
    Shown named(const std::vector<std::string>& names, int type = V_ASN1_UTF8STRING) const {
        CertificateSpec spec;
        spec.common_names = names;
        spec.name_type = type;
        return of(spec);
    }
    template <class Value>
    Shown with(Value CertificateSpec::*member, const Value& value) const {
        CertificateSpec spec;
        spec.*member = value;
        return of(spec);
    }

    IdentityStage stage;
    Shown application;
    Minted acme;
    Minted other;
    Minted root;
};

struct Row {
    const char* what;
    Verdict verdict;
    Shown (*show)(World&);
    const char* client_id = "";
};

Shown below(World& world, const CertificateSpec& ca_spec, bool sends_ca) {
    const auto ca = mint(ca_spec, &world.acme);
    auto shown = world.of({}, &ca);
    if (sends_ca) shown.chain = {ca.certificate};
    return shown;
}

CertificateSpec ca_spec(const char* basic_constraints = "critical,CA:TRUE") {
    CertificateSpec spec;
    spec.common_names = {"line 1"};
    spec.is_ca = true;
    spec.extended_key_usage.clear();
    spec.basic_constraints = basic_constraints;
    return spec;
}

Shown ca_as_leaf(World& world, const char* key_usage) {
    auto spec = ca_spec();
    spec.common_names = {"press-01"};
    spec.key_usage = key_usage;
    return world.of(spec);
}

Shown with_broken_signature(World& world) {
    auto shown = world.of({});
    const ASN1_BIT_STRING* signature = nullptr;
    X509_get0_signature(&signature, nullptr, shown.certificate.get());
    const_cast<unsigned char*>(ASN1_STRING_get0_data(signature))[ASN1_STRING_length(signature) - 1] ^= 1U;
    return shown;
}

Shown revoked_by_serial(World& world) {
    auto shown = world.of({});
    BIGNUM* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(shown.certificate.get()), nullptr);
    char* hex = BN_bn2hex(number);
    REQUIRE(world.stage.broker().revoke_certificate("acme", hex).ok());
    OPENSSL_free(hex);
    BN_free(number);
    return shown;
}

Shown of_external_ca(World& world, bool stays_trusted) {
    const auto ca = mint_ca(stays_trusted ? "plant 7" : "plant 8");
    CertificateSpec proof;
    proof.common_names = {world.stage.broker().make_ca_challenge("acme")->text};
    const auto added = world.stage.broker().add_trusted_ca("acme", pem_of(ca.certificate), pem_of(mint(proof, &ca).certificate));
    REQUIRE(added.ok());
    if (!stays_trusted) REQUIRE(world.stage.broker().remove_trusted_ca("acme", added->sha256).ok());
    return world.of({}, &ca);
}

const std::vector<Row>& rows() {
    constexpr auto admitted = Verdict::admitted;
    constexpr auto admission = Verdict::refused_by_admission;
    constexpr auto tls = Verdict::refused_by_tls;
    using Spec = CertificateSpec;
    static const std::vector<Row> all{
        {"P-256", admitted, [](World& w) { return w.of({}); }},
        {"P-384", admitted, [](World& w) { return w.of({}, nullptr, mint_key("P-384")); }},
        {"RSA-2048", admitted, [](World& w) { return w.of({}, nullptr, mint_key("RSA")); }},
        {"Ed25519", admitted, [](World& w) { return w.of({}, nullptr, mint_key("ED25519")); }},
        {"RSA-1024", tls, [](World& w) { return w.of({}, nullptr, mint_key("RSA-1024")); }},
        {"no extended key usage", admitted, [](World& w) { return w.with(&Spec::extended_key_usage, std::string()); }},
        {"for clients and servers", admitted,
         [](World& w) { return w.with(&Spec::extended_key_usage, std::string("clientAuth,serverAuth")); }},
        {"for servers only", tls, [](World& w) { return w.with(&Spec::extended_key_usage, std::string("serverAuth")); }},
        {"for code only", tls, [](World& w) { return w.with(&Spec::extended_key_usage, std::string("codeSigning")); }},
        {"for anything, which names no purpose", tls,
         [](World& w) { return w.with(&Spec::extended_key_usage, std::string("2.5.29.37.0")); }},
        {"no key usage", admitted, [](World& w) { return w.with(&Spec::key_usage, std::string("none")); }},
        {"a key that may not sign", tls, [](World& w) { return w.with(&Spec::key_usage, std::string("critical,keyEncipherment")); }},
        {"expired", tls, [](World& w) { return w.with(&Spec::ends, std::chrono::system_clock::now() - 1s); }},
        {"expired long ago", tls,
         [](World& w) {
             Spec spec;
             spec.starts = std::chrono::system_clock::now() - 48h;
             spec.ends = spec.starts + 24h;
             return w.of(spec);
         }},
        {"not valid yet", tls, [](World& w) { return w.with(&Spec::starts, std::chrono::system_clock::now() + 1h); }},
        {"without an end", admitted, [](World& w) { return w.with(&Spec::ends, std::chrono::system_clock::time_point::max()); }},
        {"self-signed", tls,
         [](World&) {
             const auto own = mint({});
             return Shown{own.key, own.certificate, {}};
         }},
        {"an unknown CA's", tls,
         [](World& w) {
             const auto stranger = mint_ca("stranger");
             return w.of({}, &stranger);
         }},
        {"an unknown CA's that is sent along", tls,
         [](World& w) {
             const auto stranger = mint_ca("stranger");
             auto shown = w.of({}, &stranger);
             shown.chain = {stranger.certificate};
             return shown;
         }},
        {"of the issuing CA's name with another key", tls,
         [](World& w) {
             const Minted imitation{mint_key(), w.acme.certificate};
             return w.of({}, &imitation);
         }},
        {"a broken signature", tls, &with_broken_signature},
        {"signed with SHA-1", tls, [](World& w) { return w.with<const char*>(&Spec::digest, "SHA1"); }},
        {"signed with SHA-512", admitted, [](World& w) { return w.with<const char*>(&Spec::digest, "SHA512"); }},
        {"another tenant's CA, and a device there", admitted,
         [](World& w) {
             Spec spec;
             spec.common_names = {"press-09"};
             return w.of(spec, &w.other);
         }},
        {"a device of another tenant", admission, [](World& w) { return w.named({"press-09"}); }},
        {"the root's own", tls, [](World& w) { return w.of({}, &w.root); }},
        {"nobody's name", admission, [](World& w) { return w.named({"press-99"}); }},
        {"two CNs", admission,
         [](World& w) {
             return w.named({"press-01", "press-01"});
         }},
        {"two CNs, the first of a device", admission,
         [](World& w) {
             return w.named({"press-01", "press-02"});
         }},
        {"no CN", admission, [](World& w) { return w.named({}); }},
        {"a NUL in the CN", admission, [](World& w) { return w.named({std::string("press-01\0.evil", 14)}); }},
        {"a CN in capitals", admission, [](World& w) { return w.named({"PRESS-01"}); }},
        {"a CN with a space at its end", admission, [](World& w) { return w.named({"press-01 "}); }},
        {"a CN that MQTT would read", admission, [](World& w) { return w.named({"#"}); }},
        {"a PrintableString", admitted, [](World& w) { return w.named({"press-01"}, V_ASN1_PRINTABLESTRING); }},
        {"an IA5String", admitted, [](World& w) { return w.named({"press-01"}, V_ASN1_IA5STRING); }},
        {"a T61String", admission, [](World& w) { return w.named({"press-01"}, V_ASN1_T61STRING); }},
        {"a BMPString", admission, [](World& w) { return w.named({std::string("\0p\0r\0e\0s\0s\0-\0000\0001", 16)}, V_ASN1_BMPSTRING); }},
        {"an unknown extension that is critical", tls,
         [](World& w) { return w.with(&Spec::unknown_extension, std::string("critical,ASN1:NULL")); }},
        {"an unknown extension", admitted, [](World& w) { return w.with(&Spec::unknown_extension, std::string("ASN1:NULL")); }},
        {"a CA as the leaf", tls, [](World& w) { return ca_as_leaf(w, "critical,keyCertSign"); }},
        {"a CA as the leaf that may sign anything", tls, [](World& w) { return ca_as_leaf(w, "critical,digitalSignature,keyCertSign"); }},
        {"the issuing CA itself", tls,
         [](World& w) {
             return Shown{w.acme.key, w.acme.certificate, {}};
         }},
        {"the root itself", tls,
         [](World& w) {
             return Shown{w.root.key, w.root.certificate, {}};
         }},
        {"the broker's own certificate", tls,
         [](World& w) {
             const auto broker = w.stage.ca("broker");
             return Shown{broker.key, broker.certificate, {}};
         }},
        {"below a CA below the issuing CA, whose path ends there", tls, [](World& w) { return below(w, ca_spec(), true); }},
        {"a missing intermediate", tls, [](World& w) { return below(w, ca_spec(), false); }},
        {"below a leaf", tls,
         [](World& w) {
             Spec spec;
             spec.key_usage = "critical,digitalSignature,keyCertSign";
             return below(w, spec, true);
         }},
        {"the whole chain sent along", admitted,
         [](World& w) {
             auto shown = w.of({});
             shown.chain = {w.acme.certificate, w.root.certificate};
             return shown;
         }},
        {"another tenant's CA sent along", admitted,
         [](World& w) {
             auto shown = w.of({});
             shown.chain = {w.other.certificate};
             return shown;
         }},
        {"revoked by its serial", admission, &revoked_by_serial},
        {"a revoked device's", admission,
         [](World& w) {
             REQUIRE(w.stage.broker().revoke_device("acme", "revoked").ok());
             return w.named({"revoked"});
         }},
        {"a deleted device's", admission,
         [](World& w) {
             static_cast<void>(w.stage.broker().delete_device("acme", "deleted"));
             return w.named({"deleted"});
         }},
        {"no certificate", admission, [](World&) { return Shown{}; }},
        {"another client id than the CN", admission, [](World& w) { return w.of({}); }, "press-02"},
        {"the CN as client id", admitted, [](World& w) { return w.of({}); }, "press-01"},
        {"an application's", admitted, [](World& w) { return w.application; }, "any"},
        {"an application's name, but none of its serials", admission, [](World& w) { return w.named({"dash"}); }},
        {"a trusted CA's from elsewhere", admitted, [](World& w) { return of_external_ca(w, true); }},
        {"a CA's from elsewhere that was trusted", tls, [](World& w) { return of_external_ca(w, false); }},
    };
    return all;
}

Verdict verdict_of(const std::optional<ReasonCode>& reason) {
    if (!reason) return Verdict::refused_by_tls;
    CHECK((reason == ReasonCode::success || reason == ReasonCode::not_authorized));
    return reason == ReasonCode::success ? Verdict::admitted : Verdict::refused_by_admission;
}

}  // namespace

TEST_CASE("every kind of certificate has its verdict in TLS 1.2 and 1.3, in full and resumed handshakes") {
    REQUIRE(rows().size() >= 40);
    World world;
    for (const auto& row : rows()) {
        const auto made = row.show(world);
        for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
            INFO(row.what << (version == TLS1_2_VERSION ? ", TLS 1.2" : ", TLS 1.3"));
            auto shown = made;
            shown.version = version;
            {
                TlsClient client(world.stage.port(), shown);
                const auto verdict = verdict_of(client.enter(row.client_id));
                INFO(client.why());
                CHECK(verdict == row.verdict);
                CHECK(client.why().empty() == (verdict != Verdict::refused_by_tls));
                if (verdict == Verdict::refused_by_tls) continue;
                shown.resumed = client.session();
            }
            TlsClient again(world.stage.port(), shown);
            CHECK(verdict_of(again.enter(row.client_id)) == row.verdict);
            CHECK(again.is_resumed());
        }
    }
}

TEST_CASE("a certificate that expires ends its connection, and its session is not resumed") {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        World world;
        auto shown = world.with(&CertificateSpec::ends, std::chrono::system_clock::now() + 2s);
        shown.version = version;
        TlsClient client(world.stage.port(), shown);
        REQUIRE(client.enter() == ReasonCode::success);
        shown.resumed = client.session();
        client.expect_end();
        TlsClient again(world.stage.port(), shown);
        CHECK(again.enter() != ReasonCode::success);
        CHECK_FALSE(again.is_resumed());
    }
}

}  // namespace muster::test
