// SPDX-License-Identifier: Apache-2.0
// A certificate is renewed by its owner, over mutual TLS, into a candidate beside it; nothing that fails changes the identity in use.
#include "enroll/renewal.hpp"

#include "est_server.hpp"
#include "pki/identity_check.hpp"
#include "pki/key.hpp"

#include <muster/enroll.hpp>
#include <muster/pki.hpp>

#include <catch2/catch.hpp>
#include <openssl/pem.h>

#include <array>
#include <chrono>
#include <string>
#include <thread>

namespace muster::est {
namespace {

using test::EstServer;
using test::http_reply;
using test::HttpReply;

base::WallTime now() {
    return std::chrono::system_clock::now();
}

RenewRequest renewal_of(const EnrollRequest& enrolled) {
    RenewRequest request;
    request.est_url = enrolled.est_url;
    request.identity_dir = enrolled.identity_dir;
    request.timeout = enrolled.timeout;
    return request;
}

pki::CertificateInfo in_use(const EnrollRequest& request) {
    return pki::load_certificates(files_in_use(request.identity_dir).chain)->front();
}

// A server that enrolls the first request as it should, and answers the next ones as the test says.
class Renewing {
public:
    explicit Renewing(EstServer::Enroll renew)
        : server([this, renew = std::move(renew)](const EstServer& est, const std::string& der) {
              return est.requests().back().target.find("simplereenroll") == std::string::npos ? EstServer::good_enroll(est, der)
                                                                                              : renew(est, der);
          }) {
        REQUIRE(enroll(server.request()));
    }
    EstServer server;
};

TEST_CASE("a renewal shows the certificate in use and stores a candidate for a new key") {
    Renewing renewing(EstServer::good_enroll);
    const auto request = renewing.server.request();
    const auto old = in_use(request);
    const auto outcome = renew(renewal_of(request), now());
    REQUIRE(outcome.candidate);
    CHECK(in_use(request).serial_hex == old.serial_hex);
    const auto files = Generations(request.identity_dir).files_of(*outcome.candidate);
    REQUIRE(pki::check_identity(files, now()));
    const auto candidate = pki::load_certificates(files.chain)->front();
    CHECK(candidate.common_name == "press-01");
    CHECK(candidate.public_key_sha256 != old.public_key_sha256);
    const auto asked = renewing.server.requests().back();
    CHECK(asked.target == "/.well-known/est/acme/simplereenroll");
    CHECK(asked.header("Authorization").empty());
    REQUIRE(asked.client);
    CHECK(pki::serial_of(*asked.client) == old.serial_hex);
}

TEST_CASE("a renewal may keep the key") {
    Renewing renewing(EstServer::good_enroll);
    const auto request = renewing.server.request();
    auto renewal = renewal_of(request);
    renewal.next_key = NextKey::kept;
    const auto outcome = renew(renewal, now());
    REQUIRE(outcome.candidate);
    const auto candidate = pki::load_certificates(Generations(request.identity_dir).files_of(*outcome.candidate).chain)->front();
    CHECK(candidate.public_key_sha256 == in_use(request).public_key_sha256);
}

TEST_CASE("subject and alternative names of the certificate in use are asked for again") {
    std::string subject;
    std::string names;
    Renewing renewing([&](const EstServer& server, const std::string& der) {
        const auto* data = reinterpret_cast<const unsigned char*>(der.data());
        const std::shared_ptr<X509_REQ> request(d2i_X509_REQ(nullptr, &data, static_cast<long>(der.size())), &X509_REQ_free);
        std::array<char, 256> line{};
        subject = X509_NAME_oneline(X509_REQ_get_subject_name(request.get()), line.data(), line.size());
        STACK_OF(X509_EXTENSION)* extensions = X509_REQ_get_extensions(request.get());
        names = std::to_string(sk_X509_EXTENSION_num(extensions));
        sk_X509_EXTENSION_pop_free(extensions, &X509_EXTENSION_free);
        return EstServer::good_enroll(server, der);
    });
    // As another CA would have issued it.
    const auto directory = renewing.server.request().identity_dir;
    test::CertificateSpec spec;
    spec.subject_alt_name = "URI:urn:muster:acme:press-01";
    auto key = pki::load_key(IdentityFiles::in(directory).key);
    const auto leaf = test::mint(spec, &renewing.server.issuing, test::KeyHandle(key->release(), &EVP_PKEY_free)).certificate;
    REQUIRE(
        base::store_file(IdentityFiles::in(directory).chain, test::pem_of(leaf), base::Access::everyone_reads, base::Existing::replace));
    REQUIRE(renew(renewal_of(renewing.server.request()), now()).candidate);
    CHECK(subject == "/CN=press-01");
    CHECK(names == "1");
}

TEST_CASE("an answer that is no renewal leaves the identity in use, and no candidate") {
    struct Case {
        EstServer::Enroll reply;
        Code code;
        const char* says;
    };
    const auto plain = [](int status) {
        return [status](const EstServer&, const std::string&) { return http_reply(status, "text/plain", "because"); };
    };
    const std::vector<Case> cases = {
        {plain(401), Code::denied, "does not renew this certificate"},
        {plain(403), Code::denied, "does not renew this certificate"},
        {plain(404), Code::rejected, "does not know this path"},
        {plain(503), Code::unavailable, "a problem of its own"},
        {[](const EstServer&, const std::string&) { return http_reply(200, "application/pkcs7-mime", "Z2FyYmFnZQ=="); }, Code::corrupt, ""},
        {[](const EstServer& est, const std::string&) { return est.certificates({test::mint({}, &est.issuing).certificate}); },
         Code::corrupt, "none of those sent is for our key"},
        {[](const EstServer& est, const std::string& der) {
             test::CertificateSpec spec;
             spec.common_names = {"press-02"};
             return est.certificates({test::sign_request(der, est.issuing, spec)});
         },
         Code::corrupt, "its common name is 'press-02'"},
        {[](const EstServer&, const std::string&) {
             return HttpReply{"HTTP/1.1 200 OK\r\n", HttpReply::Then::reset};
         },
         Code::unreachable, ""},
    };
    for (const auto& [reply, code, says] : cases) {
        Renewing renewing(reply);
        const auto request = renewing.server.request();
        const auto before = in_use(request).serial_hex;
        const auto outcome = renew(renewal_of(request), now());
        REQUIRE_FALSE(outcome.candidate);
        INFO(outcome.candidate.error().message());
        CHECK(outcome.candidate.error().code() == code);
        CHECK(outcome.candidate.error().message().find(says) != std::string::npos);
        CHECK(in_use(request).serial_hex == before);
        CHECK_FALSE(Generations(request.identity_dir).candidate());
        CHECK(pki::check_identity(IdentityFiles::in(request.identity_dir), now()));
    }
}

TEST_CASE("a server that decides later says when, and is asked again with the same key") {
    std::vector<std::string> requests;
    Renewing renewing([&](const EstServer& server, const std::string& der) {
        requests.push_back(der);
        if (requests.size() == 1) return http_reply(202, "text/plain", "wait", "Retry-After: 300\r\n");
        return EstServer::good_enroll(server, der);
    });
    const auto request = renewal_of(renewing.server.request());
    const auto first = renew(request, now());
    REQUIRE_FALSE(first.candidate);
    CHECK(first.candidate.error().code() == Code::unavailable);
    CHECK(first.retry_after == std::chrono::seconds(300));
    REQUIRE(renew(request, now()).candidate);
    // Everything but the signature.
    REQUIRE(requests.size() == 2);
    CHECK(requests[0].substr(8, 120) == requests[1].substr(8, 120));
}

TEST_CASE("a request under way is cancelled within seconds") {
    std::atomic<bool> is_cancelled{false};
    Renewing renewing([&](const EstServer&, const std::string&) {
        is_cancelled = true;
        return HttpReply{"", HttpReply::Then::stall};
    });
    auto request = renewal_of(renewing.server.request());
    request.is_cancelled = &is_cancelled;
    request.timeout = std::chrono::minutes(5);
    const auto begun = std::chrono::steady_clock::now();
    const auto outcome = renew(request, now());
    REQUIRE_FALSE(outcome.candidate);
    CHECK(outcome.candidate.error().code() == Code::stopped);
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(10));
}

TEST_CASE("a new root that the server sends is trusted beside the old one after the renewal, and vouches for the certificate") {
    EstServer server;
    const auto new_root = test::mint_ca("new root");
    server.cacerts = server.certificates({server.issuing.certificate, server.root.certificate, new_root.certificate});
    const auto request = server.request();
    REQUIRE(enroll(request));
    CHECK(pki::load_certificates(IdentityFiles::in(request.identity_dir).trust_anchors)->size() == 1);
    const auto outcome = renew(renewal_of(request), now());
    REQUIRE(outcome.candidate);
    const auto anchors = pki::load_certificates(Generations(request.identity_dir).files_of(*outcome.candidate).trust_anchors);
    REQUIRE(anchors);
    REQUIRE(anchors->size() == 2);
    CHECK(anchors->at(0).common_name == "test root");
    CHECK(anchors->at(1).common_name == "new root");
    CHECK(pki::load_certificates(IdentityFiles::in(request.identity_dir).trust_anchors)->size() == 1);
}

TEST_CASE("certificates are judged by the time that is known to have passed, the server's too") {
    Renewing renewing(EstServer::good_enroll);
    const auto request = renewal_of(renewing.server.request());
    // By this clock the server's certificate has expired.
    const auto late = renew(request, now() + std::chrono::hours(24 * 365));
    REQUIRE_FALSE(late.candidate);
    CHECK(late.candidate.error().code() == Code::tls);
    CHECK(late.candidate.error().message().find("expired") != std::string::npos);
    const auto early = renew(request, base::WallTime(std::chrono::hours(1)));
    REQUIRE_FALSE(early.candidate);
    CHECK(early.candidate.error().message().find("not yet valid") != std::string::npos);
    CHECK(renew(request, now()).candidate);
}

TEST_CASE("a device that has not enrolled asks no server for a renewal") {
    const EstServer server;
    CHECK(renew(renewal_of(server.request()), now()).candidate.error().code() == Code::not_found);
    CHECK(server.requests().empty());
}

}  // namespace
}  // namespace muster::est
