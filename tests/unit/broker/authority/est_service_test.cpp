// SPDX-License-Identifier: Apache-2.0
// What EST answers before it comes to a certificate: operations, methods, CA certificates.
#include "authority/est_service.hpp"

#include "base/files.hpp"
#include "opened_est.hpp"

using namespace muster;
using namespace muster::testbroker::authority;

namespace {

EstResponse get(test::OpenedEst& est, const std::string& path) {
    return est.service.handle({"GET", path, "", "", ""});
}

}  // namespace

TEST_CASE("anybody gets a tenant's CA certificates, issuing CA first") {
    test::OpenedEst est;
    const auto response = get(est, "/acme/cacerts");
    const auto certificates = est.certificates_of(response);
    REQUIRE(certificates.size() == 2);
    CHECK(sha256_hex(to_der(&i2d_X509, certificates[0].get())) == est.registry->find_tenant("acme").value()->issuing_ca_sha256);
    CHECK(to_pem(*certificates[1]) == est.authority->root_pem());
    CHECK(X509_verify(certificates[0].get(), X509_get0_pubkey(certificates[1].get())) == 1);
    CHECK(response.content_type == "application/pkcs7-mime; smime-type=certs-only");
}

TEST_CASE("without a label the CA certificates are the root") {
    test::OpenedEst est;
    const auto certificates = est.certificates_of(get(est, "/cacerts"));
    REQUIRE(certificates.size() == 1);
    CHECK(to_pem(*certificates[0]) == est.authority->root_pem());
}

TEST_CASE("an answer is base64 on one line, and what the openssl command reads") {
    test::OpenedEst est;
    const auto response = get(est, "/acme/cacerts");
    CHECK(response.body.find_first_of("\r\n") == std::string::npos);
    REQUIRE(base::store_file(est.directory / "answer", response.body, base::Access::everyone_reads, base::Existing::refuse).ok());
    const auto printed =
        test::run_command("openssl base64 -d -A -in " + (est.directory / "answer").string() + " | openssl pkcs7 -inform DER -print_certs");
    CHECK(printed.status == 0);
    CHECK(printed.output.find("CN = muster test root CA") != std::string::npos);
}

TEST_CASE("anybody is told which key and signature suit best, and a request made so is granted") {
    test::OpenedEst est;
    for (const std::string path : {"/csrattrs", "/acme/csrattrs"}) {
        const auto response = get(est, path);
        CHECK(response.status == 200);
        CHECK(response.content_type == "application/csrattrs");
        CHECK(response.body.find_first_of("\r\n") == std::string::npos);
        REQUIRE(base::store_file(est.directory / "answer", response.body, base::Access::everyone_reads, base::Existing::replace).ok());
        const auto printed =
            test::run_command("openssl base64 -d -A -in " + (est.directory / "answer").string() + " | openssl asn1parse -inform DER");
        CHECK(printed.status == 0);
        CHECK(printed.output.find("id-ecPublicKey") < printed.output.find("prime256v1"));
        CHECK(printed.output.find("prime256v1") < printed.output.find("ecdsa-with-SHA256"));
    }
    CHECK(est.service.handle(est.request()).status == 200);
    CHECK(est.service.handle({"POST", "/csrattrs", "", "", ""}).status == 405);
}

TEST_CASE("no key is made for a device, whoever asks") {
    test::OpenedEst est;
    auto request = est.request();
    for (const std::string path : {"/serverkeygen", "/acme/serverkeygen"}) {
        request.path = path;
        const auto response = est.service.handle(request);
        CHECK(response.status == 403);
        CHECK(response.content_type == "text/plain; charset=utf-8");
        CHECK(response.body.find("make one on the device") != std::string::npos);
    }
    CHECK(est.service.certificates_issued() == 0);
    CHECK(est.service.handle(est.request()).status == 200);  // The password is still good.
}

TEST_CASE("an unknown operation or tenant is not found") {
    test::OpenedEst est;
    for (const std::string path : {"", "/", "cacerts", "/acme", "/acme/", "/acme/other", "//cacerts", "/nobody/cacerts", "/acme/x/cacerts",
                                   "/acme/cacerts/", "/nobody/csrattrs", "/../cacerts", "/ACME/cacerts"}) {
        INFO(path);
        const auto response = get(est, path);
        CHECK(response.status == 404);
        CHECK(response.content_type == "text/plain; charset=utf-8");
        CHECK(!response.body.empty());
    }
}

TEST_CASE("an operation asked for with another method is told which it takes") {
    test::OpenedEst est;
    auto request = est.request();
    request.method = "GET";
    CHECK(est.service.handle(request).status == 405);
    CHECK(est.header(est.service.handle(request), "Allow") == "POST");
    const auto response = est.service.handle({"POST", "/cacerts", "", "", ""});
    CHECK(response.status == 405);
    CHECK(est.header(response, "Allow") == "GET");
}

TEST_CASE("a body of another type or too large is refused before anything else") {
    test::OpenedEst est;
    for (const std::string type : {"", "text/plain", "application/pkcs10x", "application/pkcs1", "; application/pkcs10"}) {
        auto request = est.request();
        request.content_type = type;
        CHECK(est.service.handle(request).status == 415);
    }
    auto request = est.request();
    request.body.assign(EstService::max_body + 1, 'A');
    CHECK(est.service.handle(request).status == 413);
    CHECK(est.service.handle(est.request()).status == 200);
}
