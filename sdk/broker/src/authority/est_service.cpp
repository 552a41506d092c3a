// SPDX-License-Identifier: Apache-2.0
// EST's operations.
#include "authority/est_service.hpp"

#include "authority/application_issuance.hpp"
#include "authority/http_basic.hpp"
#include "authority/openssl.hpp"
#include "base/base64.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace muster::testbroker::authority {
namespace {

constexpr std::string_view certs_only_type = "application/pkcs7-mime; smime-type=certs-only";

// CsrAttrs in DER (RFC 7030, section 4.5.2; RFC 8951, section 4): a key on P-256, the request signed with ECDSA and SHA-256. Nothing of
// the subject and no extension, because the authority makes those itself.
constexpr std::array<unsigned char, 35> csr_attributes_der{
    0x30, 0x21,                                                              // SEQUENCE
    0x30, 0x15, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01,        // Attribute: id-ecPublicKey,
    0x31, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07,  // SET: secp256r1
    0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02,              // ecdsa-with-SHA256
};

EstResponse say(unsigned status, std::string_view text) {
    return {status, "text/plain; charset=utf-8", {}, std::string(text) + "\n"};
}

EstResponse say(unsigned status, const Error& error) {
    return say(status, error.hint().empty() ? error.message() : error.message() + "; " + error.hint());
}

EstResponse unauthorized(std::string_view text) {
    EstResponse response = say(401, text);
    response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"muster est\"");
    return response;
}

EstResponse not_allowed(const char* allowed) {
    EstResponse response = say(405, "this operation is asked for with another method");
    response.headers.emplace_back("Allow", allowed);
    return response;
}

EstResponse busy(std::string_view text, const char* seconds) {
    EstResponse response = say(503, text);
    response.headers.emplace_back("Retry-After", seconds);
    return response;
}

// What a failure means to the client. Faults of the server's own stay in its log.
EstResponse answer(const Error& error) {
    switch (error.code()) {
        case Code::denied:
        case Code::expired:
        case Code::conflict:
            return unauthorized(error.message() + "; " + error.hint());
        case Code::invalid_argument:
            return say(400, error);
        case Code::unavailable:
            return busy(error.message(), "1");
        case Code::no_space:
            return busy("the server's disk is full", "60");
        default:
            return say(500, "the server failed; its log says why");
    }
}

EstResponse certificates(const Result<std::string>& bundle) {
    if (!bundle) return answer(bundle.error());
    return {200, std::string(certs_only_type), {}, base::encode_base64(*bundle)};
}

// `application/pkcs10`, in any case, with or without parameters.
bool is_pkcs10(std::string_view content_type) {
    const auto type = content_type.substr(0, content_type.find(';'));
    const auto last = type.find_last_not_of(" \t");
    constexpr std::string_view wanted = "application/pkcs10";
    const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b; };
    const auto trimmed = type.substr(0, last == std::string_view::npos ? 0 : last + 1);
    return std::equal(trimmed.begin(), trimmed.end(), wanted.begin(), wanted.end(), same);
}

// RFC 7030, section 4.4, leaves it to the server's policy. 403, because asking again, or with credentials, changes nothing.
EstResponse refuse_key_generation() {
    return say(403, "this server makes no keys for devices; make one on the device, and ask for simpleenroll");
}

struct Target {
    std::string_view tenant;  // Empty without a label.
    std::string_view operation;
};

Target parse_path(std::string_view path) {
    if (path.empty() || path.front() != '/') return {};
    path.remove_prefix(1);
    const auto slash = path.find('/');
    if (slash == std::string_view::npos) return {{}, path};
    if (slash == 0) return {};
    return {path.substr(0, slash), path.substr(slash + 1)};
}

}  // namespace

EstService::EstService(Authority& authority, registry::Registry& registry, LogSink log, EstPolicy policy)
    : authority_(authority), registry_(registry), log_(std::move(log)), policy_(policy) {}

EstResponse EstService::handle(const EstRequest& request) {
    const Target target = parse_path(request.path);
    const auto on = [&](const char* method, const auto& answer) { return request.method == method ? answer() : not_allowed(method); };
    if (target.operation == "cacerts") return on("GET", [&] { return cacerts(target.tenant); });
    if (target.operation == "csrattrs") return on("GET", [&] { return csr_attributes(target.tenant); });
    if (target.operation == "simpleenroll") return on("POST", [&] { return enroll(target.tenant, request); });
    if (target.operation == "simplereenroll") return on("POST", [&] { return reenroll(target.tenant, request); });
    if (target.operation == "serverkeygen") return on("POST", &refuse_key_generation);
    return say(404,
               "there is no such operation; there are cacerts, csrattrs, simpleenroll and simplereenroll, below /.well-known/est or "
               "/.well-known/est/<tenant>");
}

EstResponse EstService::cacerts(std::string_view tenant) const {
    if (tenant.empty()) return certificates(authority_.bundle_root());
    auto bundle = authority_.bundle_issuer(tenant);
    if (!bundle && bundle.error().code() == Code::not_found) return say(404, "there is no such tenant");
    return certificates(bundle);
}

EstResponse EstService::csr_attributes(std::string_view tenant) const {
    if (!tenant.empty() && !registry_.directory().tenant_named(tenant)) return say(404, "there is no such tenant");
    return {200, "application/csrattrs", {}, base::encode_base64(std::string(csr_attributes_der.begin(), csr_attributes_der.end()))};
}

EstResponse EstService::enroll(std::string_view label, const EstRequest& request) {
    if (!is_pkcs10(request.content_type)) return say(415, "the Content-Type must be application/pkcs10");
    if (request.body.size() > max_body) return say(413, "the request has more than 64 KiB");
    auto credentials = parse_basic(request.authorization);
    if (!credentials) return unauthorized("send the device id and its one-time password by HTTP Basic");
    std::string_view tenant = label;
    std::string_view device_id = credentials->user;
    if (const auto slash = device_id.find('/'); tenant.empty() && slash != std::string_view::npos) {
        tenant = device_id.substr(0, slash);
        device_id.remove_prefix(slash + 1);
    }
    const auto who = [&] { return base::printable(device_id) + " of tenant " + base::printable(tenant); };
    // The password before the request: strangers do not get as far as the ASN.1 parser.
    if (auto known = registry_.check_one_time_password(tenant, device_id, credentials->password.view()); !known) {
        log(LogLevel::warning, "est: refused " + who() + ": " + known.error().message());
        return answer(known.error());
    }
    const std::string_view password = credentials->password.view();
    return certify(tenant, device_id, request, Proof::password,
                   [&](const registry::CertificateRecord& record) { return registry_.begin_issuance(record, password); });
}

EstResponse EstService::reenroll(std::string_view label, const EstRequest& request) {
    if (!is_pkcs10(request.content_type)) return say(415, "the Content-Type must be application/pkcs10");
    if (request.body.size() > max_body) return say(413, "the request has more than 64 KiB");
    if (!request.client) return say(401, "show the certificate that is to be renewed, by mutual TLS");
    const auto tenant = tenant_of(label, *request.client);
    if (!tenant) {
        log(LogLevel::warning, "est: no renewal for " + base::printable(request.client->common_name) + ": " + tenant.error().message());
        return say(403, tenant.error());
    }
    return certify(*tenant, request.client->common_name, request, Proof::certificate,
                   [&](const registry::CertificateRecord& record) { return registry_.begin_renewal(record, request.client->serial_hex); });
}

Result<std::string> EstService::tenant_of(std::string_view label, const EstClient& client) const {
    const auto refused = [](const char* why) {
        return Error{Code::denied, why, "register the device again, and enroll it with the new one-time password"};
    };
    const auto tenant = registry_.directory().tenant_of_issuer(client.issuer_sha256);
    if (!tenant || (!label.empty() && label != tenant->name)) return refused("the certificate is not of this tenant's issuing CA");
    if (client.common_name.empty()) return refused("the certificate has no single common name");
    if (registry_.directory().role_of(tenant->name, client.common_name) != tenancy::Role::device)
        return refused("the certificate is no registered device's");
    if (registry_.directory().standing(tenant->name, client.common_name, client.serial_hex) != tenancy::Standing::good)
        return refused("the device or its certificate has been revoked");
    if (authority_.now() > client.not_after + policy_.expired_grace) return refused("the certificate has expired");
    return tenant->name;
}

std::optional<EstResponse> EstService::await_approval(std::string_view tenant, std::string_view device_id,
                                                      const CertificateRequest& request) {
    const auto known = registry_.directory().tenant_named(tenant);
    if (!known || !known->options.manual_approval) return std::nullopt;
    const auto approval = registry_.ask_for_approval(tenant, device_id, sha256_hex(request.public_key_der));
    if (!approval) return answer(approval.error());
    if (*approval == Approval::approved) return std::nullopt;
    if (*approval == Approval::denied) return say(403, "an administrator has denied this request");
    log(LogLevel::info, "est: " + base::printable(device_id) + " of tenant " + base::printable(tenant) + " waits for approval");
    EstResponse response = say(202, "an administrator must approve this request; send it again, with the same key");
    response.headers.emplace_back("Retry-After", std::to_string(policy_.approval_poll.count()));
    return response;
}

EstResponse EstService::certify(std::string_view tenant, std::string_view device_id, const EstRequest& request, Proof proof,
                                const Begin& begin) {
    const auto der = base::decode_base64(request.body);
    if (!der) return say(400, "the body is not the base64 form of a PKCS#10 request in DER, without BEGIN and END lines");
    auto wanted = parse_request(*der, device_id);
    if (wanted && proof == Proof::password)
        if (auto held = await_approval(tenant, device_id, *wanted)) return *std::move(held);
    auto issued = wanted ? issue(tenant, *wanted, begin) : Result<std::string>(wanted.error());
    if (!issued) {
        log(LogLevel::warning, "est: no certificate for " + base::printable(device_id) + " of tenant " + base::printable(tenant) + ": " +
                                   issued.error().message());
        return answer(issued.error());
    }
    ++issued_;
    return certificates(authority_.bundle_device(tenant, *issued));
}

Result<std::string> EstService::issue(std::string_view tenant, const CertificateRequest& request, const Begin& begin) {
    auto draft = authority_.draft(tenant, request, validity_of(registry_, tenant, policy_.validity));
    // An expired CA is the server's trouble; Code::expired would blame the client's password.
    if (!draft) return Error{Code::internal, draft.error().message()};
    const registry::CertificateRecord record{draft->serial_hex,
                                             draft->tenant,
                                             draft->name,
                                             draft->not_before,
                                             draft->not_after,
                                             request.sha256,
                                             sha256_hex(request.public_key_der)};
    if (auto begun = begin(record); !begun) return std::move(begun).error();
    auto certificate = authority_.sign(*draft);
    auto finished = certificate ? registry_.finish_issuance(draft->serial_hex) : Result<void>(certificate.error());
    if (!finished) {
        // The device gets nothing, so its password must stay good. If this fails too, the next start of the broker does it.
        static_cast<void>(registry_.abandon_issuance(draft->serial_hex));
        return std::move(finished).error();
    }
    log(LogLevel::info, "est: issued " + draft->serial_hex + " to " + draft->name + " of tenant " + draft->tenant);
    if (on_issued_) on_issued_(draft->tenant, draft->name, draft->serial_hex);
    return certificate;
}

void EstService::log(LogLevel level, const std::string& line) const {
    if (log_) log_(level, line);
}

}  // namespace muster::testbroker::authority
