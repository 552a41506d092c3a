// SPDX-License-Identifier: Apache-2.0
// What independent linters say about everything that the authority signs: OpenSSL's command and GnuTLS's certtool.
#include "authority/authority.hpp"
#include "authority/openssl.hpp"
#include "request_maker.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

#include <fstream>

using namespace muster;
using namespace muster::testbroker;
using namespace muster::testbroker::authority;

namespace {

std::string stored(const std::filesystem::path& path, const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
    return path.string();
}

void expect(const std::string& command) {
    const auto result = test::run_command(command);
    INFO(command << "\n" << result.output);
    CHECK(result.status == 0);
}

struct Signed {
    explicit Signed(KeyType type, const std::string& crl_base = {})
        : authority(Authority::open(directory.path(), clock, type, crl_base).value()) {
        const auto issuer = authority->ensure_issuer("acme");
        REQUIRE(issuer.ok());
        root = authority->root_file().string();
        issuer_file = stored(directory / "issuer.pem", issuer->pem);
        stored(directory / "both.pem", issuer->pem + authority->root_pem());
    }
    /// A certificate for a key of this type, in a PEM file.
    std::string leaf(Profile profile, const char* key_type) {
        test::RequestSpec spec;
        spec.key = test::mint_key(key_type);
        if (std::string(key_type) == "ED25519") spec.digest = nullptr;
        const auto request = parse_request(test::make_request(spec), "press-01");
        REQUIRE(request.ok());
        const auto draft = authority->draft("acme", *request, {}, profile);
        REQUIRE(draft.ok());
        const auto der = authority->sign(*draft);
        REQUIRE(der.ok());
        return stored(directory / "leaf.pem", to_pem(*from_der<Certificate>(&d2i_X509, *der)));
    }
    void expect_good(const std::string& leaf, const std::string& purpose) {
        expect("openssl verify -x509_strict -purpose " + purpose + " -CAfile " + root + " -untrusted " + issuer_file + " " + leaf);
        expect("openssl x509 -noout -text -in " + leaf);
        expect("certtool --certificate-info --infile " + leaf);
        expect("certtool --verify --load-ca-certificate " + root + " --infile " + chain_of(leaf));
    }
    std::string chain_of(const std::string& leaf) {
        std::ifstream one(leaf);
        std::ifstream two(issuer_file);
        return stored(directory / "chain.pem",
                      std::string(std::istreambuf_iterator<char>(one), {}) + std::string(std::istreambuf_iterator<char>(two), {}));
    }

    test::TemporaryDirectory directory;
    base::SystemClock clock;
    std::unique_ptr<Authority> authority;
    std::string root;
    std::string issuer_file;
};

}  // namespace

TEST_CASE("OpenSSL and GnuTLS find nothing wrong with any profile under any type of CA key") {
    for (const auto type : {KeyType::p256, KeyType::p384, KeyType::rsa2048, KeyType::rsa3072, KeyType::ed25519}) {
        INFO("type of CA key " << static_cast<int>(type));
        Signed authority(type);
        expect("certtool --verify-chain --infile " + (authority.directory / "both.pem").string());
        for (const auto profile : {Profile::device, Profile::application})
            for (const char* key_type : {"P-256", "P-384", "RSA", "ED25519"})
                authority.expect_good(authority.leaf(profile, key_type), "sslclient");
        const auto server = authority.authority->ensure_server_certificate({{"broker.example"}});
        REQUIRE(server.ok());
        authority.expect_good(server->certificate.string(), "sslserver");
    }
}

TEST_CASE("OpenSSL and GnuTLS read the CRL, and refuse what it lists") {
    for (const auto type : {KeyType::p256, KeyType::rsa2048, KeyType::ed25519}) {
        Signed authority(type);
        const auto leaf = authority.leaf(Profile::device, "P-256");
        const auto serial = test::run_command("openssl x509 -noout -serial -in " + leaf).output.substr(7);
        const auto write = [&](const std::vector<RevokedSerial>& revoked) {
            const auto crl = authority.authority->sign_crl("acme", revoked);
            REQUIRE(crl.ok());
            const auto der = stored(authority.directory / "acme.crl", *crl);
            const auto pem = (authority.directory / "acme.crl.pem").string();
            expect("openssl crl -inform DER -in " + der + " -CAfile " + authority.issuer_file + " -out " + pem);
            expect("certtool --verify-crl --load-ca-certificate " + authority.issuer_file + " --infile " + pem);
            return test::run_command("openssl verify -partial_chain -crl_check -CRLfile " + pem + " -CAfile " + authority.issuer_file +
                                     " " + leaf);
        };
        CHECK(write({}).status == 0);
        const auto refused = write({{serial.substr(0, serial.find('\n')), authority.clock.wall_now()}, {"01", authority.clock.wall_now()}});
        CHECK(refused.status != 0);
        CHECK(refused.output.find("revoked") != std::string::npos);
    }
    CHECK(Signed(KeyType::p256).authority->sign_crl("nowhere", {}).error().code() == Code::not_found);
}

TEST_CASE("a certificate says where its CRL is, if the broker has a public name, and linters find nothing wrong with it") {
    Signed authority(KeyType::p256, "http://pki.example:8080");
    for (const auto profile : {Profile::device, Profile::application}) {
        const auto leaf = authority.leaf(profile, "P-256");
        authority.expect_good(leaf, "sslclient");
        const auto printed = test::run_command("openssl x509 -noout -ext crlDistributionPoints -in " + leaf);
        CHECK(printed.output.find("URI:http://pki.example:8080/crl/acme.crl") != std::string::npos);
    }
    Signed nameless(KeyType::p256);
    const auto printed = test::run_command("openssl x509 -noout -text -in " + nameless.leaf(Profile::device, "P-256"));
    CHECK(printed.output.find("CRL Distribution") == std::string::npos);
}

TEST_CASE("a public URL of CRLs that clients could not use is refused") {
    const test::TemporaryDirectory directory;
    const base::SystemClock clock;
    for (const char* wrong : {"https://pki.example", "http://", "pki.example", "http://pki.example/", "http://a b", "http://a\n", "HTTP"})
        CHECK(Authority::open(directory.path(), clock, KeyType::p256, wrong).error().code() == Code::invalid_argument);
    for (const char* right : {"http://pki.example", "http://[2001:db8::1]:8080"})
        CHECK(Authority::open(directory.path(), clock, KeyType::p256, right).ok());
}
