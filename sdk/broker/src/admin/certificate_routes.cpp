// SPDX-License-Identifier: Apache-2.0
// The admin API's routes about certificates.
#include "admin/certificate_routes.hpp"

#include "admin/answers.hpp"
#include "admin/json_body.hpp"
#include "admin/time_text.hpp"

#include <nlohmann/json.hpp>

namespace muster::testbroker::admin {
namespace {

using Json = nlohmann::json;
using net::HttpRequest;
using net::HttpResponse;

HttpResponse issue(CertificateActions& actions, const std::string& tenant, const std::string& user, const HttpRequest& request) {
    if (request.method != "POST") return wrong_method(request);
    const auto body = parse_body(request.body, {{"csr"}});
    if (!body) return answer(body.error());
    const auto csr = required(*body, "csr");
    if (!csr) return answer(csr.error());
    const auto issued = actions.issue_application_certificate(tenant, user, *csr);
    if (!issued) return answer(issued.error());
    return answer(201, {{"tenant", tenant},
                        {"user", user},
                        {"serial", issued->serial},
                        {"not_after", rfc3339(issued->not_after)},
                        {"certificate", issued->certificate_pem},
                        {"issuer", issued->issuer_pem}});
}

}  // namespace

std::optional<HttpResponse> handle_certificates(CertificateActions& actions, const Target& target, const HttpRequest& request) {
    const auto& path = target.path;
    if (path.size() < 4 || path[0] != "v1" || path[1] != "tenants") return std::nullopt;
    if (path.size() == 6 && path[3] == "applications" && path[5] == "certificates") return issue(actions, path[2], path[4], request);
    return std::nullopt;
}

}  // namespace muster::testbroker::admin
