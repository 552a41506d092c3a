// SPDX-License-Identifier: Apache-2.0
#include "authority/authority.hpp"

#include "authority/openssl.hpp"
#include "base/files.hpp"
#include "request_maker.hpp"
#include "support/manual_clock.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace muster;
using namespace muster::testbroker::authority;

namespace {

struct OpenedAuthority {
    OpenedAuthority() { reopen(); }
    void reopen() {
        auto opened = Authority::open(directory.path(), clock);
        REQUIRE(opened.ok());
        authority = std::move(opened).value();
    }
    CertificateRequest request(const std::string& id = "press-01", bool asks_for_ca = false) {
        test::RequestSpec spec;
        spec.common_names = {id};
        spec.asks_for_ca = asks_for_ca;
        auto parsed = parse_request(test::make_request(spec), id);
        REQUIRE(parsed.ok());
        return std::move(parsed).value();
    }
    /// DER.
    std::string issue(const std::string& tenant, const CertificateRequest& request, const Validity& validity = {}) {
        const auto draft = authority->draft(tenant, request, validity);
        REQUIRE(draft.ok());
        auto certificate = authority->sign(*draft);
        REQUIRE(certificate.ok());
        return std::move(certificate).value();
    }
    std::string file(const std::string& name) const { return (directory / name).string(); }
    void write(const std::string& name, const std::string& content) const {
        REQUIRE(base::store_file(directory / name, content, base::Access::everyone_reads, base::Existing::replace).ok());
    }
    /// The verdict of the openssl command at the clock's time, with nothing trusted but the root.
    test::CommandResult verify(const std::string& der, const std::string& tenant) const {
        write("leaf.der", der);
        const auto at = std::chrono::duration_cast<std::chrono::seconds>(clock.wall_now().time_since_epoch()).count();
        return test::run_command("openssl x509 -inform DER -in " + file("leaf.der") + " -out " + file("leaf.pem") +
                                 " && openssl verify -x509_strict -purpose sslclient -attime " + std::to_string(at) + " -CAfile " +
                                 file("ca/root.pem") + " -untrusted " + file("ca/" + tenant + ".pem") + " " + file("leaf.pem"));
    }

    test::TemporaryDirectory directory;
    test::ManualClock clock;
    std::unique_ptr<Authority> authority;
};

}  // namespace

TEST_CASE("a device's certificate leads to the root, as the openssl command sees it") {
    OpenedAuthority opened;
    REQUIRE(opened.authority->ensure_issuer("acme").ok());
    REQUIRE(opened.authority->ensure_issuer("other").ok());
    const auto der = opened.issue("acme", opened.request());
    const auto verified = opened.verify(der, "acme");
    INFO(verified.output);
    CHECK(verified.status == 0);
    CHECK(opened.verify(der, "other").status != 0);
}

TEST_CASE("a device's certificate says what its tenant and id are, and for how long") {
    OpenedAuthority opened;
    REQUIRE(opened.authority->ensure_issuer("acme").ok());
    opened.write("leaf.der", opened.issue("acme", opened.request("press-01", true)));
    const auto printed = test::run_command("openssl x509 -inform DER -noout -text -in " + opened.file("leaf.der"));
    REQUIRE(printed.status == 0);
    for (const char* line : {"Version: 3 (0x2)", "Issuer: O = muster test, OU = acme, CN = muster test issuing CA",
                             "Subject: CN = press-01\n", "Not Before: Dec 31 23:55:00 2025 GMT", "Not After : Apr  1 00:00:00 2026 GMT",
                             "X509v3 Basic Constraints: critical\n                CA:FALSE\n",
                             "X509v3 Key Usage: critical\n                Digital Signature\n",
                             "X509v3 Extended Key Usage: \n                TLS Web Client Authentication\n",
                             "X509v3 Subject Alternative Name: \n                URI:urn:muster:acme:press-01\n",
                             "X509v3 Subject Key Identifier:", "X509v3 Authority Key Identifier:"}) {
        INFO(line);
        CHECK(printed.output.find(line) != std::string::npos);
    }
    // The request asked for these.
    CHECK(printed.output.find("evil.example") == std::string::npos);
    CHECK(printed.output.find("Certificate Sign") == std::string::npos);
}

TEST_CASE("the CAs are named as what they are and bounded in depth") {
    OpenedAuthority opened;
    REQUIRE(opened.authority->ensure_issuer("acme").ok());
    const auto root = test::run_command("openssl x509 -noout -text -in " + opened.file("ca/root.pem"));
    CHECK(root.output.find("Subject: O = muster test, CN = muster test root CA") != std::string::npos);
    CHECK(root.output.find("CA:TRUE, pathlen:1") != std::string::npos);
    const auto issuing = test::run_command("openssl x509 -noout -text -in " + opened.file("ca/acme.pem"));
    CHECK(issuing.output.find("CA:TRUE, pathlen:0") != std::string::npos);
    CHECK(issuing.output.find("X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign\n") != std::string::npos);
    for (const char* key : {"ca/root.key", "ca/acme.key"}) CHECK(base::load_secret_file(opened.directory / key).ok());
    CHECK(std::filesystem::status(opened.directory / "ca").permissions() == std::filesystem::perms::owner_all);
}

TEST_CASE("root and issuing CAs stay the same when the authority is opened again") {
    OpenedAuthority opened;
    const auto root = opened.authority->root_pem();
    const auto issuer = opened.authority->ensure_issuer("acme");
    REQUIRE(issuer.ok());
    opened.reopen();
    CHECK(opened.authority->root_pem() == root);
    CHECK(opened.authority->root_file() == opened.directory / "ca/root.pem");
    CHECK(opened.authority->load_issuer("acme", issuer->sha256).ok());
    CHECK(opened.authority->ensure_issuer("acme")->sha256 == issuer->sha256);
}

TEST_CASE("an issuing CA that is not the registry's is refused") {
    OpenedAuthority opened;
    const auto issuer = opened.authority->ensure_issuer("acme");
    REQUIRE(issuer.ok());
    opened.reopen();
    CHECK(opened.authority->load_issuer("acme", std::string(64, '0')).error().code() == Code::corrupt);
    CHECK(opened.authority->load_issuer("gone", issuer->sha256).error().code() == Code::not_found);
}

TEST_CASE("a tenant without an issuing CA gets no certificates") {
    OpenedAuthority opened;
    CHECK(opened.authority->draft("acme", opened.request()).error().code() == Code::not_found);
    CHECK(opened.authority->bundle_issuer("acme").error().code() == Code::not_found);
}

TEST_CASE("a certificate never outlives the CA that signs it") {
    OpenedAuthority opened;
    REQUIRE(opened.authority->ensure_issuer("acme").ok());
    const auto ca_end = opened.clock.wall_now() + std::chrono::hours(24 * 365 * 10);
    opened.clock.set_wall(ca_end - std::chrono::hours(24 * 30));
    const auto draft = opened.authority->draft("acme", opened.request());
    REQUIRE(draft.ok());
    CHECK(draft->not_after == ca_end);
    CHECK(opened.verify(opened.authority->sign(*draft).value(), "acme").status == 0);
    opened.clock.set_wall(ca_end);
    CHECK(opened.authority->draft("acme", opened.request()).error().code() == Code::expired);
}

TEST_CASE("a test can have a certificate that has expired") {
    OpenedAuthority opened;
    REQUIRE(opened.authority->ensure_issuer("acme").ok());
    using std::chrono::hours;
    const auto der = opened.issue("acme", opened.request(), {-hours(1), hours(2)});
    const auto certificate = from_der<Certificate>(&d2i_X509, der);
    REQUIRE(certificate != nullptr);
    CHECK(time_of(*X509_get0_notAfter(certificate.get())) == opened.clock.wall_now() - hours(1));
    CHECK(opened.verify(der, "acme").output.find("certificate has expired") != std::string::npos);
    CHECK(opened.authority->draft("acme", opened.request(), {-hours(2), hours(1)}).error().code() == Code::invalid_argument);
}

TEST_CASE("a draft says to the second what the certificate will say") {
    OpenedAuthority opened;
    REQUIRE(opened.authority->ensure_issuer("acme").ok());
    opened.clock.advance(std::chrono::milliseconds(1'999));
    const auto draft = opened.authority->draft("acme", opened.request());
    REQUIRE(draft.ok());
    const auto certificate = from_der<Certificate>(&d2i_X509, opened.authority->sign(*draft).value());
    REQUIRE(certificate != nullptr);
    CHECK(time_of(*X509_get0_notBefore(certificate.get())) == draft->not_before);
    CHECK(time_of(*X509_get0_notAfter(certificate.get())) == draft->not_after);
    BIGNUM* serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate.get()), nullptr);
    char* hex = BN_bn2hex(serial);
    CHECK(draft->serial_hex == hex);
    OPENSSL_free(hex);
    BN_free(serial);
}

TEST_CASE("every accepted type of key gets a certificate that verifies") {
    OpenedAuthority opened;
    REQUIRE(opened.authority->ensure_issuer("acme").ok());
    for (const auto& key : {test::make_ec_key("P-384"), test::mint_key("ED25519"), test::make_rsa_key(2'048)}) {
        test::RequestSpec spec;
        spec.key = key;
        const auto parsed = parse_request(test::make_request(spec), "press-01");
        REQUIRE(parsed.ok());
        const auto verified = opened.verify(opened.issue("acme", *parsed), "acme");
        INFO(verified.output);
        CHECK(verified.status == 0);
    }
}

TEST_CASE("the longest tenant and device names fit") {
    OpenedAuthority opened;
    const std::string tenant(64, 't');
    const std::string id(64, 'D');
    REQUIRE(opened.authority->ensure_issuer(tenant).ok());
    CHECK(opened.verify(opened.issue(tenant, opened.request(id)), tenant).status == 0);
}

TEST_CASE("our own CA issues no name that could be read in two ways, whoever asks") {
    OpenedAuthority opened;
    REQUIRE(opened.authority->ensure_issuer("acme").ok());
    CHECK(opened.authority->draft("acme", opened.request(std::string(64, 'x'))).ok());
    for (const std::string id : {"a/b", "+", "#", "a b", "$SYS", "100%", "a,CN=b", "\xC3\xA4"}) {
        INFO(id);
        CHECK(opened.authority->draft("acme", opened.request(id)).error().code() == Code::invalid_argument);
    }
}
