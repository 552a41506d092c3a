// SPDX-License-Identifier: Apache-2.0
// From a one-time password to a certificate, against an EST server of the test's own.
#include "est_server.hpp"
#include "pki/identity_check.hpp"

#include <muster/enroll.hpp>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include <filesystem>
#include <string>

namespace muster {
namespace {

using namespace std::chrono_literals;
using test::CertificateSpec;
using test::EstServer;
using test::http_reply;

std::int64_t names_in(const std::filesystem::path& directory) {
    return std::distance(std::filesystem::directory_iterator(directory), std::filesystem::directory_iterator());
}

TEST_CASE("a device enrolls and has a complete identity") {
    const EstServer server;
    const auto request = server.request();
    const auto info = enroll(request);
    REQUIRE(info);
    CHECK(info->common_name == "press-01");
    CHECK(info->issuer == "CN=test issuing CA");

    const auto files = IdentityFiles::in(request.identity_dir);
    const auto identity = pki::check_identity(files, std::chrono::system_clock::now());
    REQUIRE(identity);
    CHECK(identity->client_id == "press-01");
    CHECK(*base::load_file(files.trust_anchors) == *base::load_file(request.trust_anchors));
    CHECK(pki::load_certificates(files.chain)->size() == 2);
    struct stat status {};
    REQUIRE(::stat(files.key.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600U);
    CHECK(names_in(request.identity_dir) == 4);
    // The password is nowhere on disk.
    for (const auto& entry : std::filesystem::directory_iterator(request.identity_dir))
        CHECK(base::load_file(entry.path())->find("otp-4711") == std::string::npos);
    REQUIRE(server.requests().size() == 2);
    CHECK(server.requests()[0].target == "/.well-known/est/acme/cacerts");
}

TEST_CASE("enrolling again uses the same key") {
    const EstServer server;
    const auto first = enroll(server.request());
    const auto second = enroll(server.request());
    REQUIRE(first);
    REQUIRE(second);
    CHECK(first->public_key_sha256 == second->public_key_sha256);
    CHECK(first->serial_hex != second->serial_hex);
    CHECK(pki::load_certificates(IdentityFiles::in(server.request().identity_dir).certificate)->front().serial_hex == second->serial_hex);
}

TEST_CASE("a slash at the end of the URL makes no difference") {
    const EstServer server;
    auto request = server.request();
    request.est_url += "/";
    CHECK(enroll(request));
}

TEST_CASE("a wrong one-time password is denied and leaves the key and nothing else") {
    const EstServer server;
    auto request = server.request();
    request.one_time_password = "otp-4712";
    const auto refused = enroll(request);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Code::denied);
    CHECK_FALSE(refused.error().hint().empty());
    CHECK(refused.error().message().find("otp-4712") == std::string::npos);
    CHECK(names_in(request.identity_dir) == 1);
    request.one_time_password = "otp-4711";
    CHECK(enroll(request));
}

TEST_CASE("an answer that fails a check replaces nothing") {
    struct Row {
        const char* reason;
        EstServer::Enroll enroll;
    };
    const auto signed_with = [](auto change) {
        return [change](const EstServer& server, const std::string& request_der) {
            CertificateSpec spec;
            change(spec);
            return server.certificates({sign_request(request_der, server.issuing, spec)});
        };
    };
    const Row rows[] = {
        {"our key",
         [](const EstServer& server, const std::string&) { return server.certificates({test::mint({}, &server.issuing).certificate}); }},
        {"'press-02', not 'press-01'", signed_with([](CertificateSpec& spec) { spec.common_names = {"press-02"}; })},
        {"more than one", signed_with([](CertificateSpec& spec) {
             spec.common_names = {"press-01", "press-02"};
         })},
        {"CA certificate", signed_with([](CertificateSpec& spec) { spec.is_ca = true; })},
        {"purpose", signed_with([](CertificateSpec& spec) { spec.extended_key_usage = "serverAuth"; })},
        {"not valid yet", signed_with([](CertificateSpec& spec) { spec.starts += 1h; })},
        {"expired", signed_with([](CertificateSpec& spec) { spec.ends = spec.starts + 1min; })},
        {"issuer",
         [](const EstServer& server, const std::string& request_der) {
             return server.certificates({sign_request(request_der, test::mint_ca("foreign"))});
         }},
        {"no certificate", [](const EstServer& server, const std::string&) { return server.certificates({}); }},
    };
    // One directory that is enrolled already, and keeps what it has.
    const EstServer good;
    REQUIRE(enroll(good.request()));
    const auto files = IdentityFiles::in(good.request().identity_dir);
    const std::string chain = *base::load_file(files.chain);
    const std::string anchors = *base::load_file(files.trust_anchors);
    for (const auto& row : rows) {
        CAPTURE(row.reason);
        const EstServer server(row.enroll);
        auto request = server.request();
        request.identity_dir = good.request().identity_dir;
        const auto refused = enroll(request);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code() == Code::corrupt);
        CHECK_THAT(refused.error().message(), Catch::Contains(row.reason));
        CHECK(*base::load_file(files.chain) == chain);
        CHECK(*base::load_file(files.trust_anchors) == anchors);
        CHECK(names_in(request.identity_dir) == 4);
    }
}

TEST_CASE("an EST server that the anchors do not vouch for gets no password") {
    const EstServer server;
    const EstServer other;
    auto request = server.request();
    request.trust_anchors = other.anchors();
    const auto refused = enroll(request);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Code::tls);
    CHECK(server.requests().empty());
}

TEST_CASE("a request that cannot work is refused before anything is written or sent") {
    const EstServer server;
    const auto refused = [&](auto change, Code code, const char* reason) {
        CAPTURE(reason);
        auto request = server.request();
        change(request);
        const auto made = enroll(request);
        REQUIRE_FALSE(made);
        CHECK(made.error().code() == code);
        CHECK_THAT(made.error().message(), Catch::Contains(reason));
        CHECK_FALSE(std::filesystem::exists(server.request().identity_dir));
    };
    refused([](EnrollRequest& r) { r.est_url = "http://127.0.0.1/"; }, Code::invalid_argument, "https://");
    refused([](EnrollRequest& r) { r.device_id = "a/b"; }, Code::invalid_argument, "device id");
    refused([](EnrollRequest& r) { r.device_id = ""; }, Code::invalid_argument, "empty");
    refused([](EnrollRequest& r) { r.device_id = "urn:1"; }, Code::invalid_argument, "colon");
    refused([](EnrollRequest& r) { r.one_time_password = ""; }, Code::invalid_argument, "empty");
    refused([](EnrollRequest& r) { r.one_time_password = "otp-4711\n"; }, Code::invalid_argument, "control character");
    refused([](EnrollRequest& r) { r.timeout = 999ms; }, Code::invalid_argument, "timeout");
    refused([](EnrollRequest& r) { r.timeout = 601s; }, Code::invalid_argument, "timeout");
    refused([](EnrollRequest& r) { r.identity_dir.clear(); }, Code::invalid_argument, "identity directory");
    refused([](EnrollRequest& r) { r.trust_anchors = "/nowhere/ca.pem"; }, Code::not_found, "/nowhere/ca.pem");
    refused([](EnrollRequest& r) { r.trust_anchors = "/etc/hostname"; }, Code::corrupt, "no PEM certificate");
    CHECK(server.requests().empty());
}

}  // namespace
}  // namespace muster
