// SPDX-License-Identifier: Apache-2.0
// A device's certificate renews itself: for the same device, while it is neither revoked nor expired beyond the grace.
#include "opened_est.hpp"

#include <chrono>
#include <string>

namespace muster::test {
namespace {

using namespace std::chrono_literals;
using namespace testbroker::authority;

// press-01, enrolled, and its certificate as the TLS listener would have verified it.
struct Enrolled : OpenedEst {
    Enrolled() {
        const auto certificates = certificates_of(service.handle(request()));
        const auto& own = *certificates.at(0);
        client = {"press-01", *authority->stored_issuer("acme").value(), serial_of(own), clock.wall_now() + std::chrono::hours(24 * 90)};
    }
    static std::string serial_of(const X509& certificate) {
        const std::unique_ptr<BIGNUM, decltype(&BN_free)> number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(&certificate), nullptr),
                                                                 &BN_free);
        char* hex = BN_bn2hex(number.get());
        std::string text = hex;
        OPENSSL_free(hex);
        return text;
    }
    [[nodiscard]] EstRequest renewal(const std::string& path = "/acme/simplereenroll", const RequestSpec& spec = {}) const {
        return {"POST", path, "application/pkcs10", {}, base::encode_base64(make_request(spec)), client};
    }
    EstClient client;
};

TEST_CASE("a device renews its certificate with the old one, with and without a label") {
    for (const char* path : {"/acme/simplereenroll", "/simplereenroll"}) {
        Enrolled est;
        est.clock.set_wall(est.clock.wall_now() + 1s);  // The newest is told by the second of its issue.
        const auto response = est.service.handle(est.renewal(path));
        const auto certificates = Enrolled::certificates_of(response);
        CHECK(certificates.size() == 2);
        CHECK(Enrolled::serial_of(*certificates[0]) != est.client.serial_hex);
        CHECK(est.service.certificates_issued() == 2);
        CHECK(est.registry->list_devices("acme").value()[0].certificate_serial == Enrolled::serial_of(*certificates[0]));
    }
}

TEST_CASE("without a certificate nothing is renewed") {
    Enrolled est;
    auto request = est.renewal();
    request.client.reset();
    CHECK(est.service.handle(request).status == 401);
    request.authorization = OpenedEst::basic("press-01", est.password);
    CHECK(est.service.handle(request).status == 401);
}

TEST_CASE("a certificate of another issuer, of another tenant's label or of nobody is not renewed") {
    Enrolled est;
    CHECK(est.service.handle(est.renewal("/other/simplereenroll")).status == 403);
    auto request = est.renewal();
    request.client->issuer_sha256 = std::string(64, 'a');
    CHECK(est.service.handle(request).status == 403);
    request = est.renewal();
    request.client->common_name = "press-99";
    CHECK(est.service.handle(request).status == 403);
    request.client->common_name.clear();
    CHECK(est.service.handle(request).status == 403);
    CHECK(est.service.certificates_issued() == 1);
}

TEST_CASE("a certificate renews its own device only") {
    Enrolled est;
    est.register_device("press-02");
    auto request = est.renewal();
    request.client->common_name = "press-02";  // Its certificate, and a request for press-01.
    CHECK(est.service.handle(request).status == 400);
}

TEST_CASE("what has been revoked is not renewed") {
    Enrolled by_serial;
    REQUIRE(by_serial.registry->revoke_certificate("acme", by_serial.client.serial_hex).ok());
    CHECK(by_serial.service.handle(by_serial.renewal()).status == 403);
    Enrolled by_device;
    REQUIRE(by_device.registry->revoke_device("acme", "press-01").ok());
    CHECK(by_device.service.handle(by_device.renewal()).status == 403);
}

TEST_CASE("an expired certificate is renewed within the grace that the policy gives, and none by default") {
    Enrolled est;
    est.clock.set_wall(est.client.not_after + 1h);
    CHECK(est.service.handle(est.renewal()).status == 403);
    EstService lenient(*est.authority, *est.registry, {}, EstPolicy{{}, 24h});
    CHECK(lenient.handle(est.renewal()).status == 200);
    est.clock.set_wall(est.client.not_after + 25h);
    CHECK(lenient.handle(est.renewal()).status == 403);
}

TEST_CASE("a certificate is good for as long as the tenant's policy says, unless the broker's says less") {
    Enrolled est;
    EstService brief(*est.authority, *est.registry, {}, EstPolicy{{24h, 0s}, 0s});
    const auto ends_after = [&](EstService& service) {
        const auto certificates = Enrolled::certificates_of(service.handle(est.renewal()));
        int days = 0;
        int seconds = 0;
        REQUIRE(ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(certificates[0].get()), X509_get0_notAfter(certificates[0].get())) ==
                1);
        return days;
    };
    CHECK(ends_after(est.service) == 90);
    CHECK(ends_after(brief) == 1);
    testbroker::TenantOptions options;
    options.certificate_lifetime = std::chrono::hours(24 * 300);
    REQUIRE(est.registry->set_tenant_options("acme", options).ok());
    CHECK(ends_after(est.service) == 300);
    CHECK(ends_after(brief) == 1);
}

}  // namespace
}  // namespace muster::test
