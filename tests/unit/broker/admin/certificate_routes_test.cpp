// SPDX-License-Identifier: Apache-2.0
// Certificates through the admin API.
#include "admin/certificate_routes.hpp"

#include "fuzz/fake_actions.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace muster::test {
namespace {

using namespace testbroker;  // NOLINT(google-build-using-namespace)

struct Api {
    fuzz::FakeCertificates certificates;
    std::string last;
    /// 0: not one of these routes.
    unsigned status(const std::string& method, const std::string& target, const std::string& body = "") {
        const auto answered = admin::handle_certificates(certificates, admin::parse_target(target).value(), {method, target, "", "", body});
        last = answered ? answered->body : "";
        return answered ? answered->status : 0;
    }
};

}  // namespace

TEST_CASE("a request for an application's certificate is answered with it and its issuer") {
    Api api;
    const std::string path = "/v1/tenants/acme/applications/dash/certificates";
    CHECK(api.status("POST", path, R"({"csr": "pem"})") == 201);
    const auto answer = nlohmann::json::parse(api.last);
    CHECK(answer["serial"] == "01");
    CHECK(answer["user"] == "dash");
    CHECK(answer["issuer"] == "pem");
    CHECK(api.status("POST", path, R"({"csr": 7})") == 400);
    CHECK(api.status("POST", path, "{}") == 400);
    CHECK(api.status("GET", path) == 405);
    CHECK(api.status("POST", "/v1/tenants/nowhere/applications/dash/certificates", R"({"csr": "pem"})") == 404);
    CHECK(api.status("PUT", "/v1/tenants/acme/applications/dash") == 0);
    CHECK(api.status("GET", "/v1/status") == 0);
}

TEST_CASE("CAs from elsewhere are challenged, added, listed, changed and removed") {
    Api api;
    CHECK(api.status("POST", "/v1/tenants/acme/ca-challenge") == 201);
    CHECK(nlohmann::json::parse(api.last)["challenge"] == "ABC");
    CHECK(api.status("POST", "/v1/tenants/acme/cas", R"({"certificate": "pem", "proof": "pem", "auto_register": true})") == 201);
    CHECK(nlohmann::json::parse(api.last)["auto_register"] == true);
    CHECK(api.status("POST", "/v1/tenants/acme/cas", R"({"certificate": "pem"})") == 400);
    CHECK(api.status("POST", "/v1/tenants/acme/cas", R"({"certificate": "pem", "proof": "pem", "auto_register": "yes"})") == 400);
    CHECK(api.status("GET", "/v1/tenants/acme/cas") == 200);
    CHECK(nlohmann::json::parse(api.last).at(0)["sha256"] == "01");
    CHECK(api.status("PATCH", "/v1/tenants/acme/cas/01", R"({"auto_register": false})") == 200);
    CHECK(api.status("PATCH", "/v1/tenants/acme/cas/01", "{}") == 400);
    CHECK(api.status("DELETE", "/v1/tenants/acme/cas/01") == 200);
    CHECK(api.status("DELETE", "/v1/tenants/nowhere/cas/01") == 404);
    CHECK(api.status("PUT", "/v1/tenants/acme/cas/01") == 405);
}

TEST_CASE("what the authority signed for the broker itself is told beside no tenant") {
    Api api;
    CHECK(api.status("GET", "/v1/issuances?limit=1") == 200);
    CHECK(nlohmann::json::parse(api.last).size() == 1);
    CHECK(api.status("GET", "/v1/issuances?limit=some") == 400);
    CHECK(api.status("POST", "/v1/issuances") == 405);
}

TEST_CASE("enrollments that wait are listed, and decided one by one") {
    Api api;
    CHECK(api.status("GET", "/v1/tenants/acme/enrollments") == 200);
    const auto waiting = nlohmann::json::parse(api.last).at(0);
    CHECK(waiting["device"] == "press-01");
    CHECK(waiting["approval"] == "waiting");
    CHECK(api.status("POST", "/v1/tenants/acme/enrollments/press-01", R"({"key_sha256": "abc", "approve": true})") == 200);
    CHECK(nlohmann::json::parse(api.last)["approval"] == "approved");
    CHECK(api.status("POST", "/v1/tenants/acme/enrollments/press-01", R"({"key_sha256": "abc", "approve": false})") == 200);
    CHECK(nlohmann::json::parse(api.last)["approval"] == "denied");
    CHECK(api.status("POST", "/v1/tenants/acme/enrollments/press-01", R"({"key_sha256": "abc"})") == 400);
    CHECK(api.status("POST", "/v1/tenants/acme/enrollments/press-01", R"({"approve": true})") == 400);
    CHECK(api.status("POST", "/v1/tenants/nowhere/enrollments/press-01", R"({"key_sha256": "abc", "approve": true})") == 404);
    CHECK(api.status("PUT", "/v1/tenants/acme/enrollments") == 405);
}

}  // namespace muster::test
