// SPDX-License-Identifier: Apache-2.0
// Who is trusted as tenants and their CAs come and go.
#include "net/trust_store.hpp"

#include "support/mint.hpp"

#include <catch2/catch.hpp>

#include <memory>

namespace muster::testbroker::net {
namespace {

using namespace std::chrono_literals;
using test::Minted;

/// What OpenSSL makes of a client's certificate, as a context verifies that the store serves.
int verify(TrustStore& trusted, const Minted& leaf) {
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
    trusted.serve(context.get());
    const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> check(X509_STORE_CTX_new(), &X509_STORE_CTX_free);
    X509_STORE_CTX_init(check.get(), SSL_CTX_get_cert_store(context.get()), leaf.certificate.get(), nullptr);
    X509_STORE_CTX_set_flags(check.get(), X509_V_FLAG_PARTIAL_CHAIN);
    X509_verify_cert(check.get());
    return X509_STORE_CTX_get_error(check.get());
}

Minted ca_until(std::chrono::system_clock::time_point ends, const test::KeyHandle& key) {
    test::CertificateSpec spec;
    spec.is_ca = true;
    spec.extended_key_usage.clear();
    spec.common_names = {"plant 7"};
    spec.starts = std::chrono::system_clock::now() - 48h;
    spec.ends = ends;
    return test::mint(spec, nullptr, key);
}

std::string pem(const Minted& minted) {
    return test::pem_of(minted.certificate);
}

}  // namespace

TEST_CASE("a tenant's CAs are those it was last given, and other tenants' are not touched") {
    TrustStore trusted;
    const auto one = test::mint_ca("one");
    const auto two = test::mint_ca("two");
    const auto neighbour = test::mint_ca("neighbour");
    trusted.set("acme", {pem(one)});
    trusted.set("other", {pem(neighbour)});
    CHECK(verify(trusted, test::mint({}, &one)) == X509_V_OK);
    CHECK(verify(trusted, test::mint({}, &two)) == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    trusted.set("acme", {pem(two)});
    CHECK(verify(trusted, test::mint({}, &one)) == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    CHECK(verify(trusted, test::mint({}, &two)) == X509_V_OK);
    trusted.set("acme", {});
    CHECK(verify(trusted, test::mint({}, &two)) == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    CHECK(verify(trusted, test::mint({}, &neighbour)) == X509_V_OK);
}

TEST_CASE("a CA that is trusted twice is trusted until both have let it go") {
    TrustStore trusted;
    const auto ca = test::mint_ca("one");
    const auto leaf = test::mint({}, &ca);
    const auto sha256 = pki::sha256_hex(pki::to_der(*ca.certificate));
    trusted.set("acme", {pem(ca)});
    trusted.set("other", {pem(ca)});
    trusted.set("acme", {});
    CHECK(verify(trusted, leaf) == X509_V_OK);
    CHECK(trusted.has(*X509_get_issuer_name(leaf.certificate.get()), sha256));
    trusted.set("other", {});
    CHECK_FALSE(trusted.has(*X509_get_issuer_name(leaf.certificate.get()), sha256));
}

TEST_CASE("of a CA that was renewed with its key, the certificate that is valid is taken, in whatever order they came") {
    const auto key = test::mint_key();
    const auto expired = ca_until(std::chrono::system_clock::now() - 1h, key);
    const auto renewed = ca_until(std::chrono::system_clock::now() + 48h, key);
    TrustStore trusted;
    trusted.set("acme", {pem(expired)});
    CHECK(verify(trusted, test::mint({}, &expired)) == X509_V_ERR_CERT_HAS_EXPIRED);
    trusted.set("acme", {pem(expired), pem(renewed)});
    CHECK(verify(trusted, test::mint({}, &expired)) == X509_V_OK);
    trusted.set("acme", {pem(renewed), pem(expired)});
    CHECK(verify(trusted, test::mint({}, &expired)) == X509_V_OK);
}

}  // namespace muster::testbroker::net
