// SPDX-License-Identifier: Apache-2.0
// An EST server's answer is believed after every check, and each check refuses alone.
#include "enroll/answer_check.hpp"

#include "support/mint.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace muster::est {
namespace {

using namespace std::chrono_literals;
using test::CertificateHandle;

const auto now = std::chrono::system_clock::now();

std::vector<pki::Certificate> owned(const std::vector<CertificateHandle>& handles) {
    std::vector<pki::Certificate> list;
    for (const auto& handle : handles) {
        X509_up_ref(handle.get());
        list.emplace_back(handle.get());
    }
    return list;
}

struct World {
    test::Minted root = test::mint_ca("root");
    test::Minted issuing = test::mint_ca("issuing", &root);
    test::KeyHandle key = test::mint_key();

    CertificateHandle leaf(const test::CertificateSpec& spec = {}) const { return test::mint(spec, &issuing, key).certificate; }
    Result<Chain> check(const std::vector<CertificateHandle>& answer) const {
        return check(answer, {issuing.certificate, root.certificate});
    }
    Result<Chain> check(const std::vector<CertificateHandle>& answer, const std::vector<CertificateHandle>& issuers) const {
        return check(answer, issuers, {root.certificate});
    }
    Result<Chain> check(const std::vector<CertificateHandle>& answer, const std::vector<CertificateHandle>& issuers,
                        const std::vector<CertificateHandle>& anchors, base::WallTime at = now) const {
        return check_answer(owned(answer), owned(issuers), owned(anchors), *key, "press-01", at);
    }
};

void refused(const Result<Chain>& checked, const std::string& reason) {
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code() == Code::corrupt);
    CHECK_THAT(checked.error().message(), Catch::Contains(reason));
    CHECK_FALSE(checked.error().hint().empty());
}

TEST_CASE("a good answer gives the device's certificate and its issuers without the root") {
    const World world;
    const auto leaf = world.leaf();
    const auto chain = world.check({leaf});
    REQUIRE(chain);
    REQUIRE(chain->size() == 2);
    CHECK(X509_cmp(chain->at(0).get(), leaf.get()) == 0);
    CHECK(X509_cmp(chain->at(1).get(), world.issuing.certificate.get()) == 0);
}

TEST_CASE("the certificate is found by its key, at whatever place it stands") {
    const World world;
    const auto leaf = world.leaf();
    const auto other = test::mint({}, &world.issuing).certificate;
    for (const auto& answer : std::vector<std::vector<CertificateHandle>>{
             {world.issuing.certificate, leaf}, {world.root.certificate, other, leaf, world.issuing.certificate}}) {
        const auto chain = world.check(answer);
        REQUIRE(chain);
        CHECK(X509_cmp(chain->front().get(), leaf.get()) == 0);
    }
}

TEST_CASE("an issuer sent with the answer alone is enough") {
    const World world;
    CHECK(world.check({world.leaf(), world.issuing.certificate}, {}));
    CHECK(world.check({test::mint({}, &world.root, world.key).certificate}, {}));
}

TEST_CASE("an intermediate CA may be the trust anchor, and is then part of the chain") {
    const World world;
    const auto chain = world.check({world.leaf()}, {}, {world.issuing.certificate});
    REQUIRE(chain);
    CHECK(chain->size() == 2);
}

TEST_CASE("an answer without a certificate for our key is refused") {
    const World world;
    refused(world.check({test::mint({}, &world.issuing).certificate}), "none of those sent is for our key");
    refused(world.check({world.issuing.certificate, world.root.certificate}), "none of those sent is for our key");
    refused(world.check({}), "none of those sent is for our key");
}

TEST_CASE("a certificate of another name, or of two, is refused") {
    const World world;
    const auto named = [&](std::vector<std::string> names) {
        test::CertificateSpec spec;
        spec.common_names = std::move(names);
        return world.check({world.leaf(spec)});
    };
    refused(named({"press-02"}), "'press-02', not 'press-01'");
    refused(named({"PRESS-01"}), "'PRESS-01', not 'press-01'");
    refused(named({"press-01 "}), "not 'press-01'");
    refused(named({"press-01", "press-02"}), "more than one");
    refused(named({"press-01", "press-01"}), "more than one");
    refused(named({std::string("press-01\0", 9)}), "no common name");
    refused(named({}), "no common name");
    const auto injected = named({"x\nmuster: all is well"});
    refused(injected, "not 'press-01'");
    CHECK(injected.error().message().find('\n') == std::string::npos);
}

TEST_CASE("a certificate that is not valid now is refused") {
    const World world;
    test::CertificateSpec spec;
    spec.starts = now - 48h;
    spec.ends = now - 1h;
    refused(world.check({world.leaf(spec)}), "expired");
    spec.starts = now + 1h;
    spec.ends = now + 48h;
    refused(world.check({world.leaf(spec)}), "not valid yet");
    spec.starts = now - 1h;
    CHECK(world.check({world.leaf(spec)}));
    spec.ends = std::chrono::system_clock::time_point::max();
    CHECK(world.check({world.leaf(spec)}));
}

TEST_CASE("an expired issuer is refused, by the time that is handed in") {
    World world;
    test::CertificateSpec spec;
    spec.common_names = {"old issuing"};
    spec.is_ca = true;
    spec.extended_key_usage.clear();
    spec.starts = now - 48h;
    spec.ends = now - 1h;
    world.issuing = test::mint(spec, &world.root);
    refused(world.check({world.leaf()}), "expired");
}

TEST_CASE("the time handed in decides, not the machine's clock") {
    const auto then = std::chrono::system_clock::from_time_t(1'000'000'000);
    test::CertificateSpec ca;
    ca.common_names = {"old root"};
    ca.is_ca = true;
    ca.extended_key_usage.clear();
    ca.starts = then - 24h;
    ca.ends = then + 24h;
    World world;
    world.issuing = test::mint(ca);
    test::CertificateSpec spec;
    spec.starts = then - 1h;
    spec.ends = then + 1h;
    const auto leaf = world.leaf(spec);
    CHECK(world.check({leaf}, {}, {world.issuing.certificate}, then));
    CHECK_FALSE(world.check({leaf}, {}, {world.issuing.certificate}));
    spec.ends = now + 24h;  // Only the issuer is too old then.
    CHECK_FALSE(world.check({world.leaf(spec)}, {}, {world.issuing.certificate}));
}

TEST_CASE("an issuer whose key TLS would not take is refused") {
    World world;
    test::CertificateSpec spec;
    spec.common_names = {"weak issuing"};
    spec.is_ca = true;
    spec.extended_key_usage.clear();
    world.issuing = test::mint(spec, &world.root, test::mint_key("RSA-1024"));
    refused(world.check({world.leaf()}), "too weak");
}

TEST_CASE("a CA certificate for our key is refused") {
    const World world;
    test::CertificateSpec spec;
    spec.is_ca = true;
    refused(world.check({world.leaf(spec)}), "CA certificate");
}

TEST_CASE("a certificate that is not for clients is refused, one without a restricted use is not") {
    const World world;
    test::CertificateSpec spec;
    spec.extended_key_usage = "serverAuth";
    refused(world.check({world.leaf(spec)}), "purpose");
    spec.extended_key_usage = "serverAuth,clientAuth";
    CHECK(world.check({world.leaf(spec)}));
    spec.extended_key_usage.clear();
    CHECK(world.check({world.leaf(spec)}));
}

TEST_CASE("a chain to another root is refused, even when the answer brings that root") {
    const World world;
    const auto foreign = test::mint_ca("root");
    const auto foreign_issuing = test::mint_ca("issuing", &foreign);
    const auto leaf = test::mint({}, &foreign_issuing, world.key).certificate;
    const std::vector<CertificateHandle> issuers{foreign_issuing.certificate, foreign.certificate};
    REQUIRE_FALSE(world.check({leaf}));
    REQUIRE_FALSE(world.check({leaf, foreign_issuing.certificate, foreign.certificate}));
    REQUIRE_FALSE(world.check({leaf}, issuers));
    CHECK(world.check({leaf}, issuers, {foreign.certificate}));
    refused(world.check({test::mint({}, nullptr, world.key).certificate}), "self-signed");
    refused(world.check({world.leaf()}, {}), "issuer");
}

TEST_CASE("a device's certificate does not make other certificates") {
    const World world;
    const auto device = test::mint({}, &world.issuing);
    const auto leaf = test::mint({}, &device, world.key).certificate;
    REQUIRE_FALSE(world.check({leaf, device.certificate}));
}

TEST_CASE("a chain of eight certificates is accepted, one of nine is not") {
    World world;
    std::vector<CertificateHandle> intermediates;
    const auto extend_to = [&](std::size_t count) {
        while (intermediates.size() < count) {
            world.issuing = test::mint_ca("intermediate " + std::to_string(intermediates.size()), &world.issuing);
            intermediates.push_back(world.issuing.certificate);
        }
    };
    world.issuing = world.root;
    extend_to(7);
    const auto eight = world.check({world.leaf()}, intermediates);
    REQUIRE(eight);
    CHECK(eight->size() == 8);
    extend_to(8);
    REQUIRE_FALSE(world.check({world.leaf()}, intermediates));  // eight in cacerts, the ninth is ours
    std::vector<CertificateHandle> nine = intermediates;
    nine.push_back(world.leaf());
    refused(world.check(nine), "more than eight");
    refused(world.check({world.leaf()}, nine), "more than eight");
}

}  // namespace
}  // namespace muster::est
