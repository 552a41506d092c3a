// SPDX-License-Identifier: Apache-2.0
// EST between its HTTPS server and its service.
#include "broker/est_entrance.hpp"

#include "authority/http_basic.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace muster::testbroker {
namespace {

using net::HttpRequest;
using net::HttpResponse;

HttpResponse answer(const faults::EstFate& fate) {
    // Base64, as EST has it, of no certificates.
    if (fate.garbage) return {200, "application/pkcs7-mime; smime-type=certs-only", {}, "Z2FyYmFnZQ=="};
    HttpResponse response{fate.status, "text/plain", {}, "a fault answers\n"};
    if (fate.retry_after.count() != 0) response.headers.emplace_back("Retry-After", std::to_string(fate.retry_after.count()));
    return response;
}

std::optional<faults::EstFate> strike(faults::Plan& plan, std::string_view path, const HttpRequest& request, base::SteadyTime now) {
    if (plan.is_quiet()) return std::nullopt;
    path.remove_prefix(path.empty() ? 0 : 1);
    const auto label_end = path.find('/');
    std::string_view tenant = label_end == std::string_view::npos ? std::string_view() : path.substr(0, label_end);
    const auto credentials = authority::parse_basic(request.authorization);
    std::string_view device_id = credentials ? std::string_view(credentials->user) : std::string_view();
    if (!credentials && request.client) device_id = request.client->common_name;
    if (const auto slash = device_id.find('/'); tenant.empty() && slash != std::string_view::npos) {
        tenant = device_id.substr(0, slash);
        device_id.remove_prefix(slash + 1);
    }
    return plan.on_est({tenant, device_id}, now);
}

}  // namespace

HttpResponse answer_est(authority::EstService& service, faults::Plan& plan, const HttpRequest& request, base::SteadyTime now) {
    const std::string_view prefix = est_path;
    if (request.target.rfind(prefix, 0) != 0) return {404, "text/plain", {}, "EST is served below /.well-known/est\n"};
    const std::string path = request.target.substr(prefix.size());
    if (const auto fate = strike(plan, path, request, now)) return answer(*fate);
    authority::EstRequest est{request.method, path, request.content_type, request.authorization, request.body};
    if (const auto& client = request.client) est.client = {client->common_name, client->issuer_sha256, client->serial, client->not_after};
    auto response = service.handle(est);
    return {response.status, std::move(response.content_type), std::move(response.headers), std::move(response.body)};
}

}  // namespace muster::testbroker
