// SPDX-License-Identifier: Apache-2.0
// The admin API's routes for clients.
#include "admin/client_routes.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace muster::test {
namespace {

using namespace testbroker;
using nlohmann::json;

/// One connected device and one application that is away.
class NotedClients final : public admin::ClientActions {
public:
    std::vector<core::ClientInfo> clients(std::optional<std::string_view> tenant) override {
        note = tenant ? "of " + std::string(*tenant) : "all";
        core::ClientInfo device;
        device.tenant = "acme";
        device.client_id = "press-01";
        device.connection = 7;
        device.since = base::WallTime(std::chrono::seconds(1'000'000'000));
        device.keep_alive = std::chrono::seconds(30);
        device.peer = "127.0.0.1:5000";
        core::ClientInfo away;
        away.tenant = "acme";
        away.client_id = "dash";
        away.role = tenancy::Role::application;
        away.queued = 3;
        return {device, away};
    }
    std::size_t kick(std::string_view tenant, std::string_view id, const std::string&) override {
        note = "kick " + std::string(tenant) + " " + std::string(id);
        return id == "press-01" ? 1 : 0;
    }
    std::string note;
};

struct Api {
    NotedClients actions;
    std::optional<net::HttpResponse> call(const std::string& method, const std::string& target) {
        return handle_clients(actions, *admin::parse_target(target), {method, target, "", "", ""});
    }
};

}  // namespace

TEST_CASE("clients are listed with their connection, or with null where they have none") {
    Api api;
    const auto answer = api.call("GET", "/v1/clients");
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(api.actions.note == "all");
    const auto clients = json::parse(answer->body);
    CHECK(clients[0] == json({{"tenant", "acme"},
                              {"id", "press-01"},
                              {"role", "device"},
                              {"connected", true},
                              {"subscriptions", 0},
                              {"queued", 0},
                              {"in_flight", 0},
                              {"since", "2001-09-09T01:46:40Z"},
                              {"version", "5.0"},
                              {"keep_alive_s", 30},
                              {"peer", "127.0.0.1:5000"}}));
    CHECK(clients[1]["connected"] == false);
    CHECK(clients[1]["role"] == "application");
    CHECK(clients[1]["queued"] == 3);
    for (const auto* key : {"since", "version", "keep_alive_s", "peer"}) CHECK(clients[1][key].is_null());
}

TEST_CASE("a query chooses the tenant, and an unknown one is refused") {
    Api api;
    api.call("GET", "/v1/clients?tenant=acme");
    CHECK(api.actions.note == "of acme");
    CHECK(api.call("GET", "/v1/clients?tenent=acme")->status == 400);
}

TEST_CASE("a client is kicked by tenant and decoded id, and one that is not there is not found") {
    Api api;
    const auto kicked = api.call("DELETE", "/v1/tenants/acme/clients/press-01");
    CHECK(kicked->status == 200);
    CHECK(json::parse(kicked->body)["connections"] == 1);
    CHECK(api.call("DELETE", "/v1/tenants/acme/clients/a%2Fb")->status == 404);
    CHECK(api.actions.note == "kick acme a/b");
}

TEST_CASE("other methods are wrong here, and other paths are somebody else's") {
    Api api;
    CHECK(api.call("POST", "/v1/clients")->status == 405);
    CHECK(api.call("GET", "/v1/tenants/acme/clients/x")->status == 405);
    CHECK_FALSE(api.call("GET", "/v1/status"));
}

}  // namespace muster::test
