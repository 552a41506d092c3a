// SPDX-License-Identifier: Apache-2.0
// What an EST server tells everybody.
#include "base/base64.hpp"
#include "base/clock.hpp"
#include "enroll/csr_attributes.hpp"
#include "enroll/est_client.hpp"
#include "enroll/https_client.hpp"
#include "enroll/pinned_root.hpp"
#include "pki/certificate.hpp"

#include <muster/est.hpp>

#include <string>
#include <utility>

namespace muster {
namespace {

constexpr long http_no_content = 204;
constexpr long http_not_found = 404;

Result<void> check(const EstServer& server) {
    if (server.trust_anchors.empty() == server.root_sha256.empty())
        return Error{Code::invalid_argument, "give trust anchors, or the fingerprint of the root", "one of the two, not both"};
    if (auto checked = est::check_timeout(server.timeout); !checked) return checked;
    return est::check_est_url(server.url);
}

est::HttpsRequest question(const EstServer& server, const char* operation) {
    est::HttpsRequest request;
    request.url = server.url;
    while (!request.url.empty() && request.url.back() == '/') request.url.pop_back();
    request.url += operation;
    request.trust_anchors = server.trust_anchors;
    request.timeout = server.timeout;
    request.observer = server.observer;
    return request;
}

Result<std::vector<pki::Certificate>> ask(const est::HttpsRequest& request) {
    const auto answer = est::exchange(request);
    if (!answer) return answer.error();
    return est::read_answer(*answer, request);
}

Result<std::vector<pki::Certificate>> ask_by_root(const EstServer& server) {
    const auto root = est::parse_fingerprint(server.root_sha256);
    if (!root) return root.error();
    std::vector<pki::Certificate> shown;
    auto request = question(server, "/cacerts");
    request.shown = &shown;
    auto certificates = ask(request);
    if (!certificates) return certificates;
    return est::believe_by_root(shown, std::move(*certificates), *root, base::SystemClock().wall_now());
}

Result<std::vector<CsrAttribute>> read(const est::HttpsAnswer& answer, const est::HttpsRequest& request) {
    constexpr long http_ok = 200;
    if (answer.status == http_no_content) return std::vector<CsrAttribute>();
    if (answer.status != http_ok) {
        auto refused = est::read_answer(answer, request);
        if (!refused) return std::move(refused).error();
    }
    if (answer.body.empty()) return std::vector<CsrAttribute>();
    const auto der = base::decode_base64(answer.body);
    return est::parse_csr_attributes(der ? *der : answer.body);
}

}  // namespace

Result<std::vector<pki::CertificateInfo>> fetch_ca_certificates(const EstServer& server) {
    if (auto checked = check(server); !checked) return std::move(checked).error();
    const auto certificates = server.root_sha256.empty() ? ask(question(server, "/cacerts")) : ask_by_root(server);
    if (!certificates) return certificates.error().in("fetch CA certificates");
    std::vector<pki::CertificateInfo> described;
    for (const auto& certificate : *certificates) described.push_back(pki::describe(*certificate));
    return described;
}

Result<std::vector<CsrAttribute>> fetch_csr_attributes(const EstServer& server) {
    if (server.trust_anchors.empty()) return Error{Code::invalid_argument, "no trust anchors are given"};
    if (auto checked = check(server); !checked) return std::move(checked).error();
    const auto request = question(server, "/csrattrs");
    const auto answer = est::exchange(request);
    if (!answer) return answer.error().in("fetch CSR attributes");
    if (answer->status == http_not_found) {
        // It says that it asks for nothing, or that nothing is there at all (RFC 7030, section 4.5.2).
        if (auto certificates = fetch_ca_certificates(server); !certificates) return std::move(certificates).error();
        return std::vector<CsrAttribute>();
    }
    auto attributes = read(*answer, request);
    if (!attributes) return std::move(attributes).error().in("fetch CSR attributes");
    return attributes;
}

}  // namespace muster
