// SPDX-License-Identifier: Apache-2.0
// The admin API's routes that take tenants and applications away.
#include "admin/fleet_routes.hpp"

#include "admin/answers.hpp"
#include "registry/limits.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace muster::testbroker::admin {
namespace {

using Json = nlohmann::json;
using net::HttpRequest;
using net::HttpResponse;

HttpResponse answer_done(const Result<void>& done, const Json& body) {
    return done ? answer(200, body) : answer(done.error());
}

Json to_json(const TenantLimits& limits) {
    Json json = Json::object();
    for (const auto& [name, member] : registry::limit_names) json[name] = limits.*member ? Json(*(limits.*member)) : Json();
    return json;
}

// What the body does not name stays; null takes a limit away.
Result<TenantLimits> limits_in(const std::string& body, TenantLimits limits) {
    const Json json = Json::parse(body, nullptr, false);
    if (!json.is_object()) return Error{Code::invalid_argument, "the body is no JSON object"};
    for (const auto& [key, value] : json.items()) {
        const auto known = std::find_if(registry::limit_names.begin(), registry::limit_names.end(),
                                        [&name = key](const auto& one) { return name == one.name; });
        if (known == registry::limit_names.end()) return Error{Code::invalid_argument, "there is no limit '" + key + "'"};
        if (!value.is_null() && !value.is_number_unsigned())
            return Error{Code::invalid_argument, "'" + key + "' must be a whole number or null"};
        limits.*(known->member) = value.is_null() ? std::nullopt : std::optional(value.get<std::uint64_t>());
    }
    return limits;
}

HttpResponse handle_limits(FleetActions& actions, const std::string& tenant, const HttpRequest& request) {
    const auto before = actions.tenant_limits(tenant);
    if (!before) return answer(before.error());
    if (request.method == "GET") return answer(200, to_json(*before));
    if (request.method != "PATCH") return wrong_method(request);
    const auto limits = limits_in(request.body, *before);
    if (!limits) return answer(limits.error());
    const auto set = actions.set_tenant_limits(tenant, *limits);
    return set ? answer(200, to_json(*limits)) : answer(set.error());
}

}  // namespace

std::optional<HttpResponse> handle_fleet(FleetActions& actions, const Target& target, const HttpRequest& request) {
    const auto& path = target.path;
    if (path.size() < 3 || path[0] != "v1" || path[1] != "tenants") return std::nullopt;
    const std::string& tenant = path[2];
    const std::string kind = path.size() > 3 ? path[3] : "";
    const std::string id = path.size() > 4 ? path[4] : "";
    if (path.size() == 3 && request.method == "DELETE") return answer_done(actions.delete_tenant(tenant), {{"tenant", tenant}});
    if (path.size() == 4 && kind == "limits") return handle_limits(actions, tenant, request);
    if (path.size() == 5 && kind == "applications" && request.method == "DELETE") {
        return answer_done(actions.delete_application(tenant, id), {{"tenant", tenant}, {"user", id}});
    }
    return std::nullopt;
}

}  // namespace muster::testbroker::admin
