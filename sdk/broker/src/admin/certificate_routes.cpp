// SPDX-License-Identifier: Apache-2.0
// The admin API's routes about certificates.
#include "admin/certificate_routes.hpp"

#include "admin/answers.hpp"
#include "admin/json_body.hpp"
#include "admin/time_text.hpp"

#include <nlohmann/json.hpp>

#include <charconv>

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

Json to_json(const TrustedCa& ca) {
    return {{"tenant", ca.tenant},
            {"sha256", ca.sha256},
            {"subject", ca.subject},
            {"not_after", rfc3339(ca.not_after)},
            {"auto_register", ca.auto_registration == AutoRegistration::on},
            {"added", rfc3339(ca.added)}};
}

AutoRegistration auto_registration_in(const Json& body) {
    return body.value("auto_register", false) ? AutoRegistration::on : AutoRegistration::off;
}

HttpResponse list_issuances(CertificateActions& actions, std::string_view tenant, const Target& target, const HttpRequest& request) {
    if (request.method != "GET") return wrong_method(request);
    std::size_t limit = 1'000;
    for (const auto& [key, value] : target.query) {
        const auto* const end = value.data() + value.size();
        if (key != "limit" || value.empty() || std::from_chars(value.data(), end, limit).ptr != end)
            return answer(Error{Code::invalid_argument, "the only query is limit, a whole number"});
    }
    const auto issuances = actions.list_issuances(tenant, limit);
    if (!issuances) return answer(issuances.error());
    auto entries = Json::array();
    for (const auto& one : *issuances) {
        entries.push_back({{"serial", one.serial},
                           {"tenant", one.tenant},
                           {"profile", one.profile},
                           {"name", one.name},
                           {"requested_by", one.requested_by},
                           {"csr_sha256", one.csr_sha256},
                           {"outcome", one.outcome},
                           {"not_after", rfc3339(one.not_after)},
                           {"requested", rfc3339(one.requested)}});
    }
    return answer(200, entries);
}

HttpResponse list_enrollments(CertificateActions& actions, const std::string& tenant, const HttpRequest& request) {
    if (request.method != "GET") return wrong_method(request);
    const auto requests = actions.list_enrollment_requests(tenant);
    if (!requests) return answer(requests.error());
    auto entries = Json::array();
    for (const auto& one : *requests) {
        entries.push_back({{"tenant", one.tenant},
                           {"device", one.device},
                           {"key_sha256", one.key_sha256},
                           {"approval", name_of(one.approval)},
                           {"requested", rfc3339(one.requested)}});
    }
    return answer(200, entries);
}

HttpResponse decide(CertificateActions& actions, const std::string& tenant, const std::string& device, const HttpRequest& request) {
    if (request.method != "POST") return wrong_method(request);
    const auto body = parse_body(request.body, {{"key_sha256"}, {"approve", Kind::flag}});
    if (!body) return answer(body.error());
    const auto key = required(*body, "key_sha256");
    if (!key) return answer(key.error());
    if (!body->contains("approve")) return answer(Error{Code::invalid_argument, "'approve' is missing"});
    const auto approval = body->value("approve", false) ? Approval::approved : Approval::denied;
    const auto decided = actions.decide_enrollment(tenant, device, *key, approval);
    if (!decided) return answer(decided.error());
    return answer(200, {{"tenant", tenant}, {"device", device}, {"key_sha256", *key}, {"approval", name_of(approval)}});
}

HttpResponse crl(CertificateActions& actions, const std::string& tenant, const HttpRequest& request) {
    if (request.method != "GET") return wrong_method(request);
    const auto pem = actions.make_crl(tenant);
    return pem ? answer(200, {{"tenant", tenant}, {"crl", *pem}}) : answer(pem.error());
}

HttpResponse challenge(CertificateActions& actions, const std::string& tenant) {
    const auto made = actions.make_ca_challenge(tenant);
    return made ? answer(201, {{"challenge", made->text}, {"expires", rfc3339(made->expires)}}) : answer(made.error());
}

HttpResponse list(CertificateActions& actions, const std::string& tenant) {
    const auto cas = actions.list_trusted_cas(tenant);
    if (!cas) return answer(cas.error());
    auto entries = Json::array();
    for (const auto& ca : *cas) entries.push_back(to_json(ca));
    return answer(200, entries);
}

HttpResponse add(CertificateActions& actions, const std::string& tenant, const HttpRequest& request) {
    const auto body = parse_body(request.body, {{"certificate"}, {"proof"}, {"auto_register", Kind::flag}});
    if (!body) return answer(body.error());
    const auto certificate = required(*body, "certificate");
    if (!certificate) return answer(certificate.error());
    const auto proof = required(*body, "proof");
    if (!proof) return answer(proof.error());
    const auto added = actions.add_trusted_ca(tenant, *certificate, *proof, auto_registration_in(*body));
    return added ? answer(201, to_json(*added)) : answer(added.error());
}

HttpResponse handle_one(CertificateActions& actions, const std::string& tenant, const std::string& sha256, const HttpRequest& request) {
    if (request.method == "DELETE") {
        const auto removed = actions.remove_trusted_ca(tenant, sha256);
        return removed ? answer(200, {{"tenant", tenant}, {"sha256", sha256}}) : answer(removed.error());
    }
    if (request.method != "PATCH") return wrong_method(request);
    const auto body = parse_body(request.body, {{"auto_register", Kind::flag}});
    if (!body) return answer(body.error());
    if (!body->contains("auto_register")) return answer(Error{Code::invalid_argument, "'auto_register' is missing"});
    const auto changed = actions.set_auto_registration(tenant, sha256, auto_registration_in(*body));
    return changed ? answer(200, to_json(*changed)) : answer(changed.error());
}

}  // namespace

const char* name_of(Approval approval) {
    if (approval == Approval::approved) return "approved";
    return approval == Approval::denied ? "denied" : "waiting";
}

std::optional<HttpResponse> handle_certificates(CertificateActions& actions, const Target& target, const HttpRequest& request) {
    const auto& path = target.path;
    if (path.size() == 2 && path[0] == "v1" && path[1] == "issuances") return list_issuances(actions, {}, target, request);
    if (path.size() < 4 || path[0] != "v1" || path[1] != "tenants") return std::nullopt;
    if (path.size() == 6 && path[3] == "applications" && path[5] == "certificates") return issue(actions, path[2], path[4], request);
    if (path.size() == 4 && path[3] == "issuances") return list_issuances(actions, path[2], target, request);
    if (path.size() == 4 && path[3] == "enrollments") return list_enrollments(actions, path[2], request);
    if (path.size() == 5 && path[3] == "enrollments") return decide(actions, path[2], path[4], request);
    if (path.size() == 4 && path[3] == "crl") return crl(actions, path[2], request);
    if (path.size() == 4 && path[3] == "ca-challenge")
        return request.method == "POST" ? challenge(actions, path[2]) : wrong_method(request);
    if (path.size() == 4 && path[3] == "cas") {
        if (request.method == "GET") return list(actions, path[2]);
        return request.method == "POST" ? add(actions, path[2], request) : wrong_method(request);
    }
    if (path.size() == 5 && path[3] == "cas") return handle_one(actions, path[2], path[4], request);
    return std::nullopt;
}

}  // namespace muster::testbroker::admin
