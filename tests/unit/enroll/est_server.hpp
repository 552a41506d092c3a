// SPDX-License-Identifier: Apache-2.0
// An EST server of the test's own: a root, an issuing CA, and answers that a test can bend.
#pragma once

#include "base/base64.hpp"
#include "base/files.hpp"
#include "support/https_server.hpp"
#include "support/temporary_directory.hpp"

#include <muster/enroll.hpp>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace muster::test {

/// `cacerts` and `simpleenroll` for device press-01 with password "otp-4711", `simplereenroll` for who shows a certificate from here, under
/// /.well-known/est/acme.
/// Threads: as HttpsServer.
class EstServer {
public:
    /// Makes the reply to a request whose password or certificate is right, from the request's DER.
    using Enroll = std::function<HttpReply(const EstServer&, const std::string& request_der)>;

    explicit EstServer(Enroll enroll = good_enroll, HttpsServer::Greeting greeting = HttpsServer::Greeting::tls,
                       const CertificateSpec& server = server_spec(), const CertificateSpec& root_ca = root_spec())
        : root(mint(root_ca)),
          enroll_(std::move(enroll)),
          server_(
              mint(server, &root), [this](const HttpRequest& request) { return reply(request); }, greeting) {
        const auto stored = base::store_file(anchors(), pem_of(root.certificate), base::Access::everyone_reads, base::Existing::refuse);
        MUSTER_REQUIRE(stored.ok());
    }

    static HttpReply good_enroll(const EstServer& server, const std::string& request_der) {
        return server.certificates({sign_request(request_der, server.issuing), server.issuing.certificate});
    }
    static CertificateSpec server_spec() {
        CertificateSpec spec;
        spec.common_names = {"est server"};
        spec.extended_key_usage = "serverAuth";
        spec.subject_alt_name = "IP:127.0.0.1";
        return spec;
    }
    static CertificateSpec root_spec() {
        CertificateSpec spec;
        spec.common_names = {"test root"};
        spec.is_ca = true;
        spec.extended_key_usage.clear();
        return spec;
    }
    [[nodiscard]] HttpReply certificates(const std::vector<CertificateHandle>& list) const {
        return http_reply(200, "application/pkcs7-mime; smime-type=certs-only", base::encode_base64(pkcs7_of(list)));
    }
    [[nodiscard]] EnrollRequest request() const {
        EnrollRequest request;
        request.est_url = "https://127.0.0.1:" + std::to_string(server_.port()) + "/.well-known/est/acme";
        request.device_id = "press-01";
        request.one_time_password = "otp-4711";
        request.trust_anchors = anchors();
        request.identity_dir = directory / "identity";
        request.timeout = std::chrono::seconds(20);
        return request;
    }
    [[nodiscard]] std::filesystem::path anchors() const { return directory / "anchors.pem"; }
    [[nodiscard]] std::vector<HttpRequest> requests() const { return server_.requests(); }

    const TemporaryDirectory directory;
    const Minted root;
    const Minted issuing = mint_ca("test issuing CA", &root);
    HttpReply cacerts = certificates({issuing.certificate, root.certificate});  ///< Changed before the first request only.

private:
    [[nodiscard]] bool is_ours(const CertificateHandle& client) const {
        return client && X509_verify(client.get(), issuing.key.get()) == 1;
    }
    HttpReply reply(const HttpRequest& request) const {
        const std::string base_path = "/.well-known/est/acme";
        if (request.method == "GET" && request.target == base_path + "/cacerts") return cacerts;
        const bool renews = request.target == base_path + "/simplereenroll";
        if (request.method != "POST" || (!renews && request.target != base_path + "/simpleenroll"))
            return http_reply(404, "text/plain", "no such path");
        if (renews && !is_ours(request.client)) return http_reply(401, "text/plain", "show your certificate");
        if (!renews && request.header("Authorization") != "Basic " + base::encode_base64("press-01:otp-4711"))
            return http_reply(401, "text/plain", "who are you?", "WWW-Authenticate: Basic realm=\"est\"\r\n");
        if (request.header("Content-Type") != "application/pkcs10") return http_reply(415, "text/plain", "PKCS#10 only");
        const bool is_one_line = request.body.find_first_of("\r\n-") == std::string::npos;
        auto der = base::decode_base64(request.body);
        if (!is_one_line || !der || !sign_request(*der, issuing)) return http_reply(400, "text/plain", "not a PKCS#10 request on one line");
        return enroll_(*this, *der);
    }

    Enroll enroll_;
    HttpsServer server_;
};

}  // namespace muster::test
