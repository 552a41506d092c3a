// SPDX-License-Identifier: Apache-2.0
// Enrollment by EST: who gets a certificate, who does not, and what that costs.
#include "authority/est_service.hpp"
#include "opened_est.hpp"

#include <openssl/x509v3.h>

#include <atomic>
#include <thread>

using namespace muster;
using namespace muster::testbroker::authority;

TEST_CASE("a registered device enrolls with its one-time password") {
    test::OpenedEst est;
    test::RequestSpec spec;
    spec.key = test::mint_key();
    const auto response = est.service.handle(est.request(spec));
    CHECK(response.content_type == "application/pkcs7-mime; smime-type=certs-only");
    CHECK(response.body.find_first_of("\r\n") == std::string::npos);
    const auto certificates = est.certificates_of(response);
    REQUIRE(certificates.size() == 2);
    CHECK(EVP_PKEY_eq(X509_get0_pubkey(certificates[0].get()), spec.key.get()) == 1);
    CHECK(X509_verify(certificates[0].get(), X509_get0_pubkey(certificates[1].get())) == 1);
    CHECK(sha256_hex(to_der(&i2d_X509, certificates[1].get())) == est.registry->find_tenant("acme").value()->issuing_ca_sha256);

    const auto devices = est.registry->list_devices("acme");
    REQUIRE(devices.ok());
    CHECK(devices->front().enrolled);
    CHECK(devices->front().certificate_not_after == time_of(*X509_get0_notAfter(certificates[0].get())));
    CHECK(est.service.certificates_issued() == 1);
    REQUIRE(est.log.size() == 1);
    CHECK(est.log[0] == "est: issued " + devices->front().certificate_serial + " to press-01 of tenant acme");
}

TEST_CASE("without a label the user name holds the tenant") {
    test::OpenedEst est;
    auto request = est.request();
    request.path = "/simpleenroll";
    CHECK(est.service.handle(request).status == 401);
    request.authorization = est.basic("acme/press-01", est.password);
    CHECK(est.service.handle(request).status == 200);
}

TEST_CASE("white space in the body and parameters of its type do no harm") {
    test::OpenedEst est;
    auto request = est.request();
    std::string wrapped;
    for (std::size_t at = 0; at < request.body.size(); at += 64) wrapped += request.body.substr(at, 64) + "\r\n";
    request.body = "\n " + wrapped;
    request.content_type = "Application/PKCS10 ; charset=us-ascii";
    CHECK(est.service.handle(request).status == 200);
}

TEST_CASE("a used password is told so to who knows it") {
    test::OpenedEst est;
    REQUIRE(est.service.handle(est.request()).status == 200);
    const auto again = est.service.handle(est.request());
    CHECK(again.status == 401);
    CHECK(est.header(again, "WWW-Authenticate") == "Basic realm=\"muster est\"");
    CHECK(again.body.find("has been used") != std::string::npos);
    CHECK(again.body.find("register the device again") != std::string::npos);
    CHECK(est.service.certificates_issued() == 1);
}

TEST_CASE("an expired password is told so to who knows it") {
    test::OpenedEst est;
    est.clock.advance(std::chrono::hours(24));
    const auto response = est.service.handle(est.request());
    CHECK(response.status == 401);
    CHECK(response.body.find("has expired") != std::string::npos);
}

TEST_CASE("missing or unreadable credentials are asked for") {
    test::OpenedEst est;
    for (const std::string authorization : {"", "Bearer x", "Basic ???"}) {
        auto request = est.request();
        request.authorization = authorization;
        const auto response = est.service.handle(request);
        CHECK(response.status == 401);
        CHECK(est.header(response, "WWW-Authenticate") == "Basic realm=\"muster est\"");
    }
}

TEST_CASE("a wrong password, an unknown device and an unknown tenant get the same answer") {
    test::OpenedEst est;
    auto request = est.request();
    request.authorization = est.basic("press-01", "WRONG");
    const auto wrong = est.service.handle(request);
    CHECK(wrong.status == 401);
    request.authorization = est.basic("press-99", est.password);
    const auto unknown_device = est.service.handle(request);
    request = est.request();
    request.path = "/nobody/simpleenroll";
    const auto unknown_tenant = est.service.handle(request);
    for (const auto* response : {&unknown_device, &unknown_tenant}) {
        CHECK(response->status == wrong.status);
        CHECK(response->body == wrong.body);
        CHECK(response->headers == wrong.headers);
    }
    // The operator's log tells them apart, without the password.
    REQUIRE(est.log.size() == 3);
    CHECK(est.log[1].find("press-99 of tenant acme") != std::string::npos);
    CHECK(est.log[2].find("press-01 of tenant nobody") != std::string::npos);
    for (const auto& line : est.log) CHECK(line.find(est.password) == std::string::npos);
}

TEST_CASE("what a stranger calls himself cannot break the log's lines") {
    test::OpenedEst est;
    auto request = est.request();
    request.authorization = est.basic("evil\nest: issued", "x");
    CHECK(est.service.handle(request).status == 401);
    REQUIRE(est.log.size() == 1);
    CHECK(est.log[0].find('\n') == std::string::npos);
}

TEST_CASE("guessing ends after ten wrong passwords") {
    test::OpenedEst est;
    auto guess = est.request();
    for (int i = 0; i < 10; ++i) {
        guess.authorization = est.basic("press-01", "GUESS" + std::to_string(i));
        CHECK(est.service.handle(guess).status == 401);
    }
    CHECK(est.service.handle(est.request()).status == 401);
    est.password = est.register_device("press-01");
    CHECK(est.service.handle(est.request()).status == 200);
}

TEST_CASE("a bad request is answered with what is wrong with it, and costs no password") {
    test::OpenedEst est;
    const auto refuse = [&](const EstRequest& request, const std::string& expected) {
        const auto response = est.service.handle(request);
        CHECK(response.status == 400);
        INFO(response.body);
        CHECK(response.body.find(expected) != std::string::npos);
    };
    auto request = est.request();
    request.body = "-----BEGIN CERTIFICATE REQUEST-----\n";
    refuse(request, "not the base64 form");
    request.body = base::encode_base64("not a request");
    refuse(request, "not one PKCS#10 request");
    request.body.clear();
    refuse(request, "not one PKCS#10 request");
    test::RequestSpec spec;
    spec.common_names = {"press-02"};
    refuse(est.request(spec), "CN is not the name");
    spec.common_names = {"press-01", "press-01"};
    refuse(est.request(spec), "more than one CN");
    spec = {};
    spec.key = test::make_rsa_key(1'024);
    refuse(est.request(spec), "1024 bits");
    CHECK(est.service.handle(est.request()).status == 200);
}

TEST_CASE("a request before its password was checked is not even parsed") {
    test::OpenedEst est;
    auto request = est.request();
    request.body = "???";
    request.authorization = est.basic("press-01", "WRONG");
    CHECK(est.service.handle(request).status == 401);
}

TEST_CASE("what a request asks for beyond key and name is not granted") {
    test::OpenedEst est;
    test::RequestSpec spec;
    spec.asks_for_ca = true;
    spec.organization = "evil";
    const auto certificates = est.certificates_of(est.service.handle(est.request(spec)));
    CHECK(X509_check_ca(certificates[0].get()) == 0);
    CHECK(X509_check_host(certificates[0].get(), "evil.example", 0, 0, nullptr) == 0);
    CHECK(X509_NAME_entry_count(X509_get_subject_name(certificates[0].get())) == 1);
}

TEST_CASE("a device id with a colon enrolls") {
    test::OpenedEst est;
    const auto password = est.register_device("urn:press:01");
    test::RequestSpec spec;
    spec.common_names = {"urn:press:01"};
    auto request = est.request(spec);
    request.authorization = est.basic("urn:press:01", password);
    CHECK(est.service.handle(request).status == 200);
}

TEST_CASE("one device's password enrolls no other, nor a device of another tenant") {
    test::OpenedEst est;
    REQUIRE(create_tenant(*est.authority, *est.registry, "other", testbroker::Isolation::device).ok());
    est.register_device("press-02");
    REQUIRE(est.registry->register_device("other", "press-01").ok());
    auto request = est.request();
    request.authorization = est.basic("press-02", est.password);
    CHECK(est.service.handle(request).status == 401);
    request = est.request();
    request.path = "/other/simpleenroll";
    CHECK(est.service.handle(request).status == 401);
}

TEST_CASE("one password used by many at once makes one certificate") {
    test::OpenedEst est;
    EstService quiet(*est.authority, *est.registry);
    std::atomic<int> issued{0};
    std::atomic<int> refused{0};
    std::vector<EstRequest> requests;
    for (int i = 0; i < 8; ++i) requests.push_back(est.request());
    std::vector<std::thread> threads;
    for (const auto& request : requests) {
        threads.emplace_back([&] {
            const auto status = quiet.handle(request).status;
            if (status == 200) ++issued;
            if (status == 401 || status == 503) ++refused;
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(issued == 1);
    CHECK(refused == 7);
}

TEST_CASE("while an enrollment is under way the same password is asked to wait") {
    test::OpenedEst est;
    const auto now = est.clock.wall_now();
    REQUIRE(est.registry->begin_issuance({"01", "acme", "press-01", now, now, "csr"}, est.password).ok());
    const auto response = est.service.handle(est.request());
    CHECK(response.status == 503);
    CHECK(est.header(response, "Retry-After") == "1");
}

TEST_CASE("a server that cannot sign says no more than that, and the password stays good") {
    test::OpenedEst est;
    est.clock.advance(std::chrono::hours(24 * 365 * 11));
    est.password = est.register_device("press-01");
    const auto response = est.service.handle(est.request());
    CHECK(response.status == 500);
    CHECK(response.body == "the server failed; its log says why\n");
    CHECK(est.log.back().find("issuing CA of tenant acme has expired") != std::string::npos);
    CHECK(est.registry->check_one_time_password("acme", "press-01", est.password).ok());
}
