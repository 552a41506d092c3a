// SPDX-License-Identifier: Apache-2.0
// The admin API's routes for clients.
#include "admin/client_routes.hpp"

#include "admin/answers.hpp"
#include "admin/time_text.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace muster::testbroker::admin {
namespace {

using Json = nlohmann::json;
using net::HttpRequest;
using net::HttpResponse;

const char* name_of(tenancy::Role role) {
    return role == tenancy::Role::device ? "device" : "application";
}

const char* name_of(wire::Version version) {
    return version == wire::Version::v5 ? "5.0" : "3.1.1";
}

Json to_json(const core::ClientInfo& client) {
    Json json{{"tenant", client.tenant},
              {"id", client.client_id},
              {"role", name_of(client.role)},
              {"connected", client.connection.has_value()},
              {"subscriptions", client.subscriptions},
              {"queued", client.queued},
              {"in_flight", client.in_flight}};
    json["since"] = client.since ? Json(rfc3339(*client.since)) : Json();
    json["version"] = client.connection ? Json(name_of(client.version)) : Json();
    json["keep_alive_s"] = client.connection ? Json(client.keep_alive.count()) : Json();
    json["peer"] = client.peer.empty() ? Json() : Json(client.peer);
    return json;
}

HttpResponse list(ClientActions& actions, const Target& target) {
    std::optional<std::string_view> tenant;
    for (const auto& [key, value] : target.query) {
        if (key != "tenant") return answer(Error{Code::invalid_argument, "unknown query '" + key + "'", "there is: tenant"});
        tenant = value;
    }
    auto entries = Json::array();
    for (const auto& client : actions.clients(tenant)) entries.push_back(to_json(client));
    return answer(200, entries);
}

HttpResponse kick(ClientActions& actions, const std::string& tenant, const std::string& id) {
    const std::size_t kicked = actions.kick(tenant, id, "an administrator ended this connection");
    if (kicked == 0) return answer(Error{Code::not_found, "no client '" + id + "' of tenant '" + tenant + "' is connected"});
    return answer(200, {{"tenant", tenant}, {"id", id}, {"connections", kicked}});
}

}  // namespace

std::optional<HttpResponse> handle_clients(ClientActions& actions, const Target& target, const HttpRequest& request) {
    const auto& path = target.path;
    if (path.size() == 2 && path[0] == "v1" && path[1] == "clients")
        return request.method == "GET" ? list(actions, target) : wrong_method(request);
    if (path.size() == 5 && path[0] == "v1" && path[1] == "tenants" && path[3] == "clients")
        return request.method == "DELETE" ? kick(actions, path[2], path[4]) : wrong_method(request);
    return std::nullopt;
}

}  // namespace muster::testbroker::admin
