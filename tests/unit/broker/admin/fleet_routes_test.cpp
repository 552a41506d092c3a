// SPDX-License-Identifier: Apache-2.0
// Deleting and limiting through the admin API.
#include "admin/fleet_routes.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace muster::test {
namespace {

using namespace testbroker;
using nlohmann::json;

/// Notes what it is asked for; there is no tenant `nowhere`.
class NotedFleet final : public admin::FleetActions {
public:
    Result<void> set_tenant_limits(std::string_view, const TenantLimits& wanted) override {
        limits = wanted;
        return {};
    }
    Result<TenantLimits> tenant_limits(std::string_view tenant) override {
        if (tenant == "nowhere") return Error{Code::not_found, "there is no tenant"};
        return limits;
    }
    Result<void> delete_application(std::string_view tenant, std::string_view user) override {
        return noted("delete application", tenant, user);
    }
    Result<void> delete_tenant(std::string_view name) override { return noted("delete tenant", name, ""); }

    std::string note;
    TenantLimits limits;

private:
    Result<void> noted(const char* what, std::string_view tenant, std::string_view name) {
        if (tenant == "nowhere") return Error{Code::not_found, "there is no tenant"};
        note = std::string(what) + " " + std::string(tenant) + " " + std::string(name);
        return {};
    }
};

struct Api {
    NotedFleet fleet;
    /// 0: not one of these routes.
    unsigned status(const std::string& method, const std::string& target, const std::string& body = "") {
        const auto answered = admin::handle_fleet(fleet, admin::parse_target(target).value(), {method, target, "", "", body});
        last = answered ? answered->body : "";
        return answered ? answered->status : 0;
    }
    std::string last;
};

}  // namespace

TEST_CASE("each route that takes something away makes its call") {
    Api api;
    const std::vector<std::array<std::string, 3>> routes{{"DELETE", "/v1/tenants/acme/applications/dash", "delete application acme dash"},
                                                         {"DELETE", "/v1/tenants/acme", "delete tenant acme "}};
    for (const auto& [method, target, note] : routes) {
        INFO(target);
        CHECK(api.status(method, target) == 200);
        CHECK(api.fleet.note == note);
    }
    CHECK(api.status("DELETE", "/v1/tenants/nowhere") == 404);
}

TEST_CASE("limits are shown, changed one by one, and taken away by null") {
    Api api;
    CHECK(api.status("PATCH", "/v1/tenants/acme/limits", R"({"connections":10,"inflight":5})") == 200);
    CHECK(api.status("PATCH", "/v1/tenants/acme/limits", R"({"connections":null})") == 200);
    CHECK(!api.fleet.limits.connections);
    CHECK(api.fleet.limits.inflight == 5);
    CHECK(api.status("GET", "/v1/tenants/acme/limits") == 200);
    CHECK(json::parse(api.last)["inflight"] == 5);
    CHECK(json::parse(api.last)["packet_size"].is_null());
    for (const auto* body :
         {"", "[]", R"({"connexions":1})", R"({"connections":-1})", R"({"connections":"1"})", R"({"connections":1.5})"}) {
        INFO(body);
        CHECK(api.status("PATCH", "/v1/tenants/acme/limits", body) == 400);
    }
    CHECK(api.fleet.limits.inflight == 5);
    CHECK(api.status("GET", "/v1/tenants/nowhere/limits") == 404);
    CHECK(api.status("PUT", "/v1/tenants/acme/limits", "{}") == 405);
}

TEST_CASE("what is none of these routes is left to the others") {
    Api api;
    CHECK(api.status("GET", "/v1/tenants") == 0);
    CHECK(api.status("GET", "/v1/tenants/acme/devices") == 0);
    CHECK(api.status("PUT", "/v1/tenants/acme/applications/dash", "{}") == 0);
    CHECK(api.status("PATCH", "/v1/tenants/acme", "{}") == 0);
    CHECK(api.fleet.note.empty());
}

}  // namespace muster::test
