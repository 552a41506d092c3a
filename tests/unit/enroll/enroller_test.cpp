// SPDX-License-Identifier: Apache-2.0
// Every way to an identity ends in a directory that a device can use, or in nothing.
#include "est_server.hpp"
#include "pki/identity_check.hpp"
#include "support/soft_token.hpp"

#include <muster/enroller.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace muster {
namespace {

using namespace std::chrono_literals;
using test::CertificateHandle;
using test::CertificateSpec;

KeyPassword password(const std::string& text) {
    KeyPassword password;
    password.ask = [text]() -> Result<std::string> { return text; };
    return password;
}

/// A factory: a root, an issuing CA, and a device's files in a directory.
struct Factory {
    explicit Factory(const CertificateSpec& spec = {}) : leaf(test::mint(spec, &issuing)) {
        store("device.key", test::pem_of(leaf.key), base::Access::owner_only);
        store("root.pem", test::pem_of(root.certificate));
        write_chain({leaf.certificate, issuing.certificate});
    }
    void store(const char* name, const std::string& content, base::Access access = base::Access::everyone_reads) const {
        REQUIRE(base::store_file(files / name, content, access, base::Existing::replace));
    }
    void write_chain(const std::vector<CertificateHandle>& certificates) const {
        std::string pem;
        for (const auto& certificate : certificates) pem += test::pem_of(certificate);
        store("chain.pem", pem);
    }
    /// Through openssl's own command, as factories do; `more` are its further options.
    void write_pkcs12(const std::string& more = "", const std::string& pass = "4711") const {
        const std::string in = files.path().string();
        const auto made = test::run_command("openssl pkcs12 -export -inkey " + in + "/device.key -in " + in + "/chain.pem -out " + in +
                                            "/device.p12 -passout pass:" + pass + " " + more);
        INFO(made.text);
        REQUIRE(made.exit == 0);
        std::filesystem::permissions(files / "device.p12", std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    }
    [[nodiscard]] PemIdentity pem() const { return {files / "device.key", {}, files / "chain.pem", files / "root.pem", {}}; }
    [[nodiscard]] Pkcs12Identity pkcs12() const { return {files / "device.p12", password("4711"), {}, files / "root.pem", {}}; }
    [[nodiscard]] std::filesystem::path identity() const { return files / "identity"; }
    [[nodiscard]] Result<pki::CertificateInfo> adopt() const { return make_pem_enroller(pem())->enroll(identity()); }
    [[nodiscard]] Result<pki::CertificateInfo> import() const { return make_pkcs12_enroller(pkcs12())->enroll(identity()); }

    const test::TemporaryDirectory files;
    const test::Minted root = test::mint_ca("factory root");
    const test::Minted issuing = test::mint_ca("factory CA", &root);
    const test::Minted leaf;
};

void usable(const Factory& factory, const base::Secret* key_password = nullptr) {
    const auto files = IdentityFiles::in(factory.identity());
    const auto identity = pki::check_identity(files, std::chrono::system_clock::now(), key_password);
    INFO((identity ? "" : identity.error().message()));
    REQUIRE(identity);
    CHECK(identity->client_id == "press-01");
    const auto chain = pki::load_certificates(files.chain);
    REQUIRE(chain);
    REQUIRE(chain->size() == 2);
    CHECK(chain->at(1).common_name == "factory CA");
    CHECK(*base::load_file(files.trust_anchors) == test::pem_of(factory.root.certificate));
}

void refused(const Result<pki::CertificateInfo>& made, const Factory& factory, Code code, const std::string& says) {
    REQUIRE_FALSE(made);
    CHECK(made.error().code() == code);
    CHECK_THAT(made.error().message(), Catch::Contains(says));
    CHECK_FALSE(std::filesystem::exists(IdentityFiles::in(factory.identity()).chain));
}

TEST_CASE("EST is one of the ways") {
    const test::EstServer server;
    const auto enroller = make_est_enroller(server.request());
    const auto made = enroller->enroll(server.directory / "elsewhere");
    REQUIRE(made);
    CHECK(made->common_name == "press-01");
    CHECK(pki::check_identity(IdentityFiles::in(server.directory / "elsewhere"), std::chrono::system_clock::now()));
}

TEST_CASE("a pre-provisioned identity is taken over, whatever the order of its certificates") {
    const Factory factory;
    for (const auto& certificates :
         std::vector<std::vector<CertificateHandle>>{{factory.leaf.certificate, factory.issuing.certificate},
                                                     {factory.root.certificate, factory.issuing.certificate, factory.leaf.certificate}}) {
        factory.write_chain(certificates);
        const auto made = factory.adopt();
        REQUIRE(made);
        CHECK(made->common_name == "press-01");
        usable(factory);
    }
}

TEST_CASE("a certificate alone, and no trust anchors, are an identity too") {
    const Factory factory;
    factory.write_chain({factory.leaf.certificate});
    auto identity = factory.pem();
    identity.trust_anchors.clear();
    REQUIRE(make_pem_enroller(identity)->enroll(factory.identity()));
    CHECK(pki::load_certificates(IdentityFiles::in(factory.identity()).chain)->size() == 1);
    CHECK_FALSE(std::filesystem::exists(IdentityFiles::in(factory.identity()).trust_anchors));
}

TEST_CASE("an encrypted key is taken over as it is") {
    const Factory factory;
    const std::string in = factory.files.path().string();
    REQUIRE(test::run_command("openssl pkcs8 -topk8 -v2 aes-256-cbc -passout pass:4711 -in " + in + "/device.key -out " + in +
                              "/e.key && chmod 600 " + in + "/e.key")
                .exit == 0);
    auto identity = factory.pem();
    identity.key = factory.files / "e.key";
    refused(make_pem_enroller(identity)->enroll(factory.identity()), factory, Code::denied, "encrypted");
    identity.key_password = password("4711");
    REQUIRE(make_pem_enroller(identity)->enroll(factory.identity()));
    const base::Secret secret(std::string("4711"));
    usable(factory, &secret);
    CHECK(*base::load_secret_file(IdentityFiles::in(factory.identity()).key) == *base::load_secret_file(identity.key));
}

TEST_CASE("PKCS#12 is imported, and its key may be encrypted anew") {
    const Factory factory;
    for (const char* options :
         {"", "-keypbe AES-128-CBC -certpbe AES-128-CBC", "-keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1", "-certpbe NONE"}) {
        CAPTURE(options);
        factory.write_pkcs12(options);
        REQUIRE(factory.import());
        usable(factory);
        std::filesystem::remove_all(factory.identity());
    }
    factory.write_pkcs12();
    auto identity = factory.pkcs12();
    identity.key_password = password("another");
    REQUIRE(make_pkcs12_enroller(identity)->enroll(factory.identity()));
    const base::Secret secret(std::string("another"));
    usable(factory, &secret);
    CHECK_THAT(*base::load_secret_file(IdentityFiles::in(factory.identity()).key),
               Catch::StartsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
}

TEST_CASE("a certificate that a device cannot use is refused, and nothing is written") {
    const auto fails = [](void (*change)(CertificateSpec&), Code code, const char* says) {
        CAPTURE(says);
        CertificateSpec spec;
        change(spec);
        const Factory factory(spec);
        refused(factory.adopt(), factory, code, says);
        factory.write_pkcs12();
        refused(factory.import(), factory, code, says);
        CHECK_FALSE(std::filesystem::exists(factory.identity()));
    };
    fails([](CertificateSpec& s) { s.common_names = {}; }, Code::corrupt, "no single common name");
    fails([](CertificateSpec& s) { s.common_names = {"a", "b"}; }, Code::corrupt, "no single common name");
    fails([](CertificateSpec& s) { s.common_names = {"a/b"}; }, Code::corrupt, "cannot be a client id");
    fails([](CertificateSpec& s) { s.is_ca = true; }, Code::corrupt, "CA certificate");
    fails([](CertificateSpec& s) { s.extended_key_usage = "serverAuth"; }, Code::corrupt, "not for clients");
    fails([](CertificateSpec& s) { s.starts += 1h; }, Code::expired, "not valid yet");
    fails([](CertificateSpec& s) { s.ends = s.starts + 1min; }, Code::expired, "has expired");
}

TEST_CASE("what does not belong together is refused") {
    const Factory factory;
    auto identity = factory.pem();
    identity.device_id = "press-02";
    refused(make_pem_enroller(identity)->enroll(factory.identity()), factory, Code::corrupt, "is 'press-01', not 'press-02'");
    factory.write_chain({factory.issuing.certificate});
    refused(factory.adopt(), factory, Code::corrupt, "none of its certificates is for the key");
    factory.write_chain({factory.leaf.certificate, test::mint_ca("factory CA").certificate});
    refused(factory.adopt(), factory, Code::corrupt, "none of the others is its issuer CN=factory CA");
    factory.store("chain.pem", "");
    refused(factory.adopt(), factory, Code::corrupt, "chain.pem");
    factory.store("device.key", test::pem_of(factory.leaf.key));
    refused(factory.adopt(), factory, Code::unsafe_file, "device.key");
    identity = factory.pem();
    identity.trust_anchors = factory.files / "none.pem";
    refused(make_pem_enroller(identity)->enroll(factory.identity()), factory, Code::not_found, "none.pem");
}

TEST_CASE("a directory with another key is left alone, and the same import may be repeated") {
    const Factory factory;
    REQUIRE(factory.adopt());
    REQUIRE(factory.adopt());
    const Factory other;
    const auto refused = make_pem_enroller(other.pem())->enroll(factory.identity());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Code::conflict);
    usable(factory);
}

TEST_CASE("a PKCS#12 file that does not open says why") {
    const Factory factory;
    factory.write_pkcs12();
    auto identity = factory.pkcs12();
    const auto import = [&] { return make_pkcs12_enroller(identity)->enroll(factory.identity()); };
    identity.password = password("0815");
    refused(import(), factory, Code::denied, "the password does not open");
    identity.password = {};
    refused(import(), factory, Code::denied, "none is given");
    identity = factory.pkcs12();
    const std::string good = *base::load_secret_file(identity.file);
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, good.size() / 2, good.size() - 1}) {
        factory.store("device.p12", good.substr(0, size), base::Access::owner_only);
        refused(import(), factory, Code::corrupt, "is no PKCS#12 file");
    }
    std::string damaged = good;
    damaged[good.size() / 2] = static_cast<char>(damaged[good.size() / 2] ^ 0x55);
    factory.store("device.p12", damaged, base::Access::owner_only);
    CHECK_FALSE(import());
    factory.store("device.p12", good);
    refused(import(), factory, Code::unsafe_file, "device.p12");
    factory.write_pkcs12("-nokeys");
    refused(import(), factory, Code::corrupt, "no private key");
    factory.write_pkcs12("-nomac");
    refused(import(), factory, Code::corrupt, "no MAC");
    factory.write_pkcs12("-legacy");
    refused(import(), factory, Code::corrupt, "long ago");
}

TEST_CASE("no damaged byte of a PKCS#12 file is more than an error") {
    const Factory factory;
    factory.write_pkcs12("-iter 1");
    const std::string good = *base::load_secret_file(factory.pkcs12().file);
    for (std::size_t at = 0; at < good.size(); at += 17) {
        std::string damaged = good;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
        factory.store("device.p12", damaged, base::Access::owner_only);
        static_cast<void>(factory.import().ok());  // Read or refused; sanitizers watch.
    }
}

}  // namespace
}  // namespace muster
