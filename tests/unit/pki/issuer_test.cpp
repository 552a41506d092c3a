// SPDX-License-Identifier: Apache-2.0
// What a CA at hand signs, and what it does not.
#include "base/files.hpp"
#include "pki/key.hpp"
#include "pki/openssl.hpp"
#include "pki/request.hpp"
#include "support/temporary_directory.hpp"

#include <muster/issuer.hpp>

#include <catch2/catch.hpp>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <string>

namespace muster::pki {
namespace {

using namespace std::chrono_literals;

void put(const std::filesystem::path& path, const std::string& content) {
    REQUIRE(base::store_file(path, content, base::Access::owner_only, base::Existing::replace));
}

/// A self-signed certificate; a CA's or not.
std::string self_signed(EVP_PKEY& key, const char* constraints, long seconds) {
    const Certificate certificate(X509_new());
    X509* made = certificate.get();
    X509_set_version(made, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
    X509_gmtime_adj(X509_getm_notBefore(made), -7'200);
    X509_gmtime_adj(X509_getm_notAfter(made), seconds);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("CA"), -1, -1, 0);
    X509_set_issuer_name(made, X509_get_subject_name(made));
    X509_set_pubkey(made, &key);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints, constraints);
    X509_add_ext(made, extension, -1);
    X509_EXTENSION_free(extension);
    REQUIRE(X509_sign(made, &key, EVP_sha256()) > 0);
    return to_pem(*certificate);
}

std::string pem_of(X509_REQ& request) {
    const Bio bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509_REQ(bio.get(), &request);
    return text_of(*bio);
}

class Fixture {
public:
    explicit Fixture(const char* constraints = "critical,CA:TRUE", long seconds = 30 * 86'400) {
        REQUIRE(create_key(key));
        put(certificate, self_signed(**load_key(key), constraints, seconds));
    }
    [[nodiscard]] Result<Issuer> open() const { return Issuer::open(certificate, key); }
    [[nodiscard]] std::filesystem::path path(const char* name) const { return directory_ / name; }

private:
    test::TemporaryDirectory directory_;

public:
    std::filesystem::path certificate = directory_ / "ca.pem";
    std::filesystem::path key = directory_ / "ca.key";
};

CertificateInfo parse(const std::string& pem, const Fixture& fixture) {
    put(fixture.path("issued.pem"), pem);
    auto parsed = load_certificates(fixture.path("issued.pem"));
    REQUIRE(parsed);
    return parsed->front();
}

TEST_CASE("a request becomes a certificate of its name and key, for its purpose, no longer than the CA's") {
    const Fixture fixture;
    const auto issuer = fixture.open();
    REQUIRE(issuer);
    const auto key = make_key();
    const std::string csr = pem_of(**make_request(**key, "d-1"));
    const auto device = parse(*issuer->sign(csr, {Profile::device, 1h, "acme", {}}), fixture);
    CHECK(device.common_name == "d-1");
    CHECK_FALSE(device.is_ca);
    CHECK(device.subject_alt_names == std::vector<std::string>{"URI:urn:muster:acme:d-1"});
    CHECK(device.not_after - std::chrono::system_clock::now() < 61min);
    const auto server = parse(*issuer->sign(csr, {Profile::server, 24h * 9'999, "acme", {"DNS:broker.example", "IP:192.0.2.1"}}), fixture);
    CHECK(server.subject_alt_names == std::vector<std::string>{"DNS:broker.example", "IP:192.0.2.1"});
    CHECK(server.not_after - std::chrono::system_clock::now() < 24h * 31);
    CHECK(issuer->sign(csr, {Profile::server, 1h, "", {"MAIL:x"}}).error().code() == Code::invalid_argument);
}

TEST_CASE("a request with a weak key, a broken signature, two names or none is refused") {
    const Fixture fixture;
    const auto issuer = fixture.open();
    const auto refused = [&](X509_REQ& request) { return issuer->sign(pem_of(request), {}).error().code(); };
    const Key weak(EVP_RSA_gen(1'024));
    CHECK(refused(**make_request(*weak, "d-1")) == Code::rejected);

    const auto key = make_key();
    auto request = make_request(**key, "d-1");
    X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request->get()), "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("x"),
                               -1, -1, 0);
    CHECK(refused(**request) == Code::rejected);  // Changed after it was signed.
    REQUIRE(X509_REQ_sign(request->get(), key->get(), EVP_sha256()) > 0);
    CHECK(refused(**request) == Code::rejected);
    const Request nameless(X509_REQ_new());
    X509_REQ_set_pubkey(nameless.get(), key->get());
    REQUIRE(X509_REQ_sign(nameless.get(), key->get(), EVP_sha256()) > 0);
    CHECK(refused(*nameless) == Code::rejected);
    CHECK(issuer->sign("no request", {}).error().code() == Code::corrupt);
}

TEST_CASE("what is no CA, has expired or has another's key signs nothing") {
    CHECK(Fixture("critical,CA:FALSE").open().error().code() == Code::rejected);
    CHECK(Fixture("critical,CA:TRUE", -60).open().error().code() == Code::expired);
    const Fixture one;
    const Fixture other;
    CHECK(Issuer::open(one.certificate, other.key).error().code() == Code::conflict);
    CHECK(Issuer::open(one.path("none"), one.key).error().code() == Code::not_found);
    ::chmod(one.key.c_str(), 0644);
    CHECK(one.open().error().code() == Code::unsafe_file);
}

TEST_CASE("an identity directory is made with a key of its own, and keeps the key that is there") {
    const Fixture fixture;
    const auto issuer = fixture.open();
    const IdentityFiles files = IdentityFiles::in(fixture.path("d-1"));
    std::set<std::string> serials;
    std::set<std::string> keys;
    for (int i = 0; i < 3; ++i) {
        const auto made = issuer->make_identity(fixture.path("d-1"), "d-1", {}, "anchors");
        REQUIRE(made);
        serials.insert(made->serial_hex);
        keys.insert(*base::load_secret_file(files.key));
        CHECK(load_certificates(files.certificate)->front().sha256 == made->sha256);
        CHECK(load_certificates(files.chain)->front().sha256 == made->sha256);
        CHECK(*base::load_file(files.trust_anchors) == "anchors");
    }
    CHECK(serials.size() == 3);
    CHECK(keys.size() == 1);
    put(files.key, "");  // A power cut's rest.
    REQUIRE(issuer->make_identity(fixture.path("d-1"), "d-1", {}, ""));
    CHECK(load_key(files.key));
    CHECK(issuer->make_identity(fixture.path("x"), "a/b", {}, "").error().code() == Code::invalid_argument);
    CHECK_FALSE(std::filesystem::exists(fixture.path("x")));
}

TEST_CASE("keys are encrypted where a password is given") {
    const Fixture fixture;
    put(fixture.path("password"), "correct horse\n");
    const KeyPassword password{fixture.path("password"), {}};
    REQUIRE(fixture.open()->make_identity(fixture.path("d-1"), "d-1", {}, "", password));
    const auto key = IdentityFiles::in(fixture.path("d-1")).key;
    CHECK(base::load_secret_file(key)->find("BEGIN ENCRYPTED PRIVATE KEY") != std::string::npos);
    CHECK(fixture.open()->make_identity(fixture.path("d-1"), "d-1", {}, "").error().code() == Code::denied);
}

TEST_CASE("a CA that was made in a directory signs, for as long as it lives itself") {
    const test::TemporaryDirectory directory;
    CaOptions options;
    options.name = "Acme";
    options.issuing_lifetime = 24h;
    options.password.ask = [] { return Result<std::string>("open sesame"); };
    REQUIRE(create_ca(directory / "ca", options));
    CHECK(create_ca(directory / "ca", options).error().code() == Code::conflict);
    const auto files = CaFiles::in(directory / "ca");
    CHECK(Issuer::open(files.issuing, files.issuing_key).error().code() == Code::denied);
    CHECK(Issuer::open(files.issuing, files.root_key, options.password).error().code() == Code::conflict);
    const auto issuer = Issuer::open(files.issuing, files.issuing_key, options.password);
    REQUIRE(issuer);
    const auto made = issuer->make_identity(directory / "press-01", "press-01", {}, "");
    REQUIRE(made);
    CHECK(made->issuer == "CN=Acme issuing CA");
    CHECK(made->not_after == load_certificates(files.issuing)->front().not_after);
    CHECK(made->key_usages == std::vector<std::string>{"digitalSignature"});
    CHECK(load_certificates(IdentityFiles::in(directory / "press-01").chain)->size() == 2);
}

TEST_CASE("a CA with a life out of range is not made") {
    const test::TemporaryDirectory directory;
    CaOptions options;
    options.name = "Acme";
    for (const auto life : {std::chrono::seconds(-1), std::chrono::seconds(59), std::chrono::seconds::max()}) {
        options.root_lifetime = life;
        CHECK(create_ca(directory / "ca", options).error().code() == Code::invalid_argument);
    }
    CHECK(std::filesystem::is_empty(directory.path()));
}

}  // namespace
}  // namespace muster::pki
