// SPDX-License-Identifier: Apache-2.0
#include "authority/lint.hpp"

#include "support/mint.hpp"

#include <catch2/catch.hpp>
#include <openssl/objects.h>

#include <functional>

using namespace muster;
using namespace muster::testbroker::authority;

namespace {

struct Ca {
    Ca() {
        CertificateFields fields = common("muster test issuing CA");
        fields.purpose = Purpose::ca;
        certificate = make_certificate(fields, *key, std::nullopt).value();
    }
    static CertificateFields common(const std::string& name) {
        CertificateFields fields;
        fields.serial_hex = "7F01020304050607080910";
        fields.subject = {{NID_commonName, name}};
        fields.not_before = base::WallTime(std::chrono::seconds(1'767'225'600));
        fields.not_after = fields.not_before + std::chrono::hours(24 * 90);
        return fields;
    }
    static CertificateFields device() {
        auto fields = common("press-01");
        fields.alt_names = {{AltName::Kind::uri, "urn:muster:acme:press-01"}};
        return fields;
    }
    [[nodiscard]] Certificate sign(const CertificateFields& fields, const char* key_type = "P-256") const {
        return make_certificate(fields, *test::mint_key(key_type), Signer{*certificate, *key}).value();
    }
    /// The fault; empty: none.
    [[nodiscard]] std::string fault(X509& one, Purpose purpose = Purpose::client) const {
        const auto clean = lint(one, *certificate, purpose);
        return clean ? std::string() : clean.error().message();
    }

    test::KeyHandle key = test::mint_key();
    Certificate certificate;
};

}  // namespace

TEST_CASE("a certificate that says what its purpose needs passes") {
    const Ca ca;
    CHECK(ca.fault(*ca.sign(Ca::device())).empty());
    CHECK(ca.fault(*ca.certificate, Purpose::ca).empty());
    auto server = Ca::common("muster test broker");
    server.purpose = Purpose::server;
    server.alt_names = {{AltName::Kind::dns, "localhost"}};
    CHECK(ca.fault(*ca.sign(server), Purpose::server).empty());
}

TEST_CASE("a certificate that says too little, too much or something wrong is held back") {
    const Ca ca;
    const auto faulty = [&](const std::function<void(CertificateFields&)>& change, const std::string& expected) {
        auto fields = Ca::device();
        change(fields);
        const auto fault = ca.fault(*ca.sign(fields));
        INFO(fault);
        CHECK(fault.find(expected) != std::string::npos);
    };
    faulty([](auto& fields) { fields.serial_hex = "7F"; }, "64 bits");
    faulty([](auto& fields) { fields.not_after = fields.not_before; }, "ends before");
    faulty([](auto& fields) { fields.not_after += std::chrono::hours(24 * 365); }, "397 days");
    faulty([](auto& fields) { fields.subject.emplace_back(NID_commonName, "press-02"); }, "one CN");
    faulty([](auto& fields) { fields.subject.clear(); }, "one CN");
    faulty([](auto& fields) { fields.alt_names.clear(); }, "extensions");
    faulty([](auto& fields) { fields.alt_names.push_back({AltName::Kind::dns, "localhost"}); }, "exactly one URI");
    faulty([](auto& fields) { fields.alt_names.front().value = "https://example.org"; }, "urn:muster:");
    faulty([](auto& fields) { fields.purpose = Purpose::server; }, "extended key usage");
    faulty([](auto& fields) { fields.purpose = Purpose::ca; }, "extensions");
    CHECK(ca.fault(*ca.sign(Ca::device(), "P-521")).find("key is not accepted") != std::string::npos);
}

TEST_CASE("a certificate of another CA, or changed after it was signed, is held back") {
    const Ca ca;
    const Ca other;
    CHECK(ca.fault(*other.sign(Ca::device())).find("issuer") != std::string::npos);
    const auto changed = ca.sign(Ca::device());
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(changed.get()), 0x7FFF'FFFF'FFFF'FFFFU);
    CHECK_FALSE(ca.fault(*changed).empty());
    const auto weak = ca.sign(Ca::device());
    REQUIRE(X509_sign(weak.get(), ca.key.get(), EVP_sha1()) > 0);
    CHECK(ca.fault(*weak).find("SHA-256") != std::string::npos);
}
