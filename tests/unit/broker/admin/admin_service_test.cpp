// SPDX-License-Identifier: Apache-2.0
// The admin API's routes: which request becomes which call, and how its result is answered.
#include "admin/admin_service.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace muster::test {
namespace {

using namespace testbroker;
using nlohmann::json;

/// Notes what it is asked for; a tenant named `taken` exists already.
class NotedActions final : public admin::Actions {
public:
    Result<TenantInfo> create_tenant(std::string_view name, Isolation isolation, const TenantOptions& options) override {
        note = "create " + std::string(name) + (isolation == Isolation::flat ? " flat" : " device") + text_of(options);
        if (name == "taken") return Error{Code::conflict, "the tenant 'taken' exists already", "choose another"};
        return TenantInfo{std::string(name), isolation, 0, "abc", {}, options};
    }
    Result<TenantInfo> set_tenant_options(std::string_view name, const TenantOptions& options) override {
        note = "set " + std::string(name) + text_of(options);
        return TenantInfo{std::string(name), Isolation::device, 0, "abc", {}, options};
    }
    Result<std::vector<TenantInfo>> list_tenants() override {
        return std::vector<TenantInfo>{{"acme", Isolation::device, 2, "abc", {}, {true, false}}};
    }
    Result<void> set_device_password(std::string_view tenant, std::string_view id, std::string_view password) override {
        note = "device password " + std::string(tenant) + " " + std::string(id) + " " + std::string(password);
        return {};
    }
    Result<void> set_application(std::string_view tenant, std::string_view user, std::string_view password) override {
        note = "application " + std::string(tenant) + " " + std::string(user) + " " + std::string(password);
        return {};
    }
    Result<FaultId> inject(const Fault&) override { return FaultId{1}; }
    Result<void> remove_fault(FaultId) override { return {}; }
    testbroker::admin::ClearedFaults clear_faults() override { return {}; }
    std::vector<FaultInfo> faults() override { return {}; }
    Result<void> run_scenario(const Scenario&) override { return {}; }
    BrokerCounters counters() override { return {}; }
    const BrokerAddresses& addresses() const override { return addresses_; }
    std::vector<admin::ListenerInfo> listeners() const override {
        return {{"mqtts://127.0.0.1:1", ListenerScheme::mqtts, ClientCertificates::required},
                {"unix:/run/b.sock", ListenerScheme::unix_socket, ClientCertificates::optional}};
    }

    std::string note;

private:
    static std::string text_of(const TenantOptions& options) {
        return std::string(options.device_passwords ? " passwords" : "") + (options.anonymous ? " anonymous" : "");
    }
    BrokerAddresses addresses_;
};

struct Api {
    NotedActions actions;
    admin::AdminService service{actions};
    net::HttpResponse call(const std::string& method, const std::string& target, const std::string& body = "") {
        return service.handle({method, target, "application/json", "", body});
    }
};

}  // namespace

TEST_CASE("each route makes its call") {
    Api api;
    CHECK(api.call("POST", "/v1/tenants", R"({"name":"acme","isolation":"flat"})").status == 201);
    CHECK(api.actions.note == "create acme flat");
    CHECK(api.call("PUT", "/v1/tenants/acme/applications/dash", R"({"password":"pw"})").status == 200);
    CHECK(api.actions.note == "application acme dash pw");
    CHECK(api.call("PUT", "/v1/tenants/acme/devices/a%2Fb/password", R"({"password":"pw"})").status == 200);
    CHECK(api.actions.note == "device password acme a/b pw");
    CHECK(api.call("POST", "/v1/faults", R"({"kind":"outage","duration_ms":3000})").status == 201);
    CHECK(json::parse(api.call("GET", "/v1/tenants").body)[0]["devices"] == 2);
    CHECK(json::parse(api.call("GET", "/v1/tenants/acme").body)["devices"] == 2);
    CHECK(json::parse(api.call("GET", "/v1/status").body)["counters"]["messages_in"] == 0);
}

TEST_CASE("the status has the listeners in their order, and what those with TLS make of client certificates") {
    Api api;
    CHECK(json::parse(api.call("GET", "/v1/status").body)["listeners"] ==
          json::parse(R"([{"url":"mqtts://127.0.0.1:1","kind":"mqtts","client_certificates":"required"},
                          {"url":"unix:/run/b.sock","kind":"unix","client_certificates":null}])"));
}

TEST_CASE("a tenant is made with options, and those that a change does not name stay") {
    Api api;
    const auto made = api.call("POST", "/v1/tenants", R"({"name":"lab","isolation":"flat","device_passwords":true,"anonymous":true})");
    CHECK(made.status == 201);
    CHECK(json::parse(made.body)["anonymous"] == true);
    CHECK(api.actions.note == "create lab flat passwords anonymous");
    CHECK(api.call("PATCH", "/v1/tenants/acme", R"({"anonymous":true})").status == 200);
    CHECK(api.actions.note == "set acme passwords anonymous");
    CHECK(api.call("PATCH", "/v1/tenants/acme", R"({"device_passwords":false})").status == 200);
    CHECK(api.actions.note == "set acme");
    CHECK(api.call("PATCH", "/v1/tenants/acme", R"({"anonymous":"yes"})").status == 400);
    CHECK(api.call("PATCH", "/v1/tenants/nowhere", "{}").status == 404);
    CHECK(api.call("DELETE", "/v1/tenants/acme").status == 405);
}

TEST_CASE("path segments are percent-decoded, and a wrong encoding is refused") {
    Api api;
    api.call("PUT", "/v1/tenants/a%2Fb/applications/c%20d", R"({"password":"pw"})");
    CHECK(api.actions.note == "application a/b c d pw");
    for (const auto* path : {"/v1/tenants/%", "/v1/tenants/%2", "/v1/tenants/%zz"}) CHECK(api.call("GET", path).status == 400);
}

TEST_CASE("an error keeps its code, its sentence and its hint") {
    Api api;
    const auto taken = api.call("POST", "/v1/tenants", R"({"name":"taken"})");
    CHECK(taken.status == 409);
    const auto error = json::parse(taken.body)["error"];
    CHECK(error["code"] == "conflict");
    CHECK(error["hint"] == "choose another");
    CHECK(api.call("GET", "/v1/tenants/nowhere").status == 404);
}

TEST_CASE("a body that is not what the route takes is refused, and nothing is called") {
    Api api;
    for (const auto* body :
         {"", "no json", "[]", "{}", R"({"name":1})", R"({"nmae":"acme"})", R"({"name":"acme","isolation":"none"})", R"({"name":"acme")"}) {
        INFO(body);
        CHECK(api.call("POST", "/v1/tenants", body).status == 400);
    }
    CHECK(api.actions.note.empty());
}

TEST_CASE("unknown paths and methods are told apart") {
    Api api;
    CHECK(api.call("GET", "/").status == 404);
    CHECK(api.call("GET", "/v2/status").status == 404);
    CHECK(api.call("DELETE", "/v1/tenants").status == 405);
    CHECK(api.call("PUT", "/v1/faults").status == 405);
}

}  // namespace muster::test
