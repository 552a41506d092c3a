// SPDX-License-Identifier: Apache-2.0
// Devices through the admin API: one, a page, many at once.
#include "admin/device_routes.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <array>

namespace muster::test {
namespace {

using namespace testbroker;
using nlohmann::json;
using registry::RevocationReason;

/// Notes what it is asked for; there is no tenant `nowhere` and no device `nobody`.
class NotedDevices final : public admin::DeviceActions {
public:
    Result<std::vector<Result<registry::RegisteredDevice>>> register_devices(std::string_view tenant,
                                                                             const std::vector<registry::NewDevice>& devices) override {
        std::vector<Result<registry::RegisteredDevice>> all;
        note = "register " + std::string(tenant);
        for (const auto& device : devices) {
            note += " " + device.id + ":" + device.one_time_password + (device.password.empty() ? "" : "password " + device.password) +
                    (device.attributes ? "{" + registry::to_text(*device.attributes) + "}" : "");
            if (device.id == "nobody")
                all.push_back(Error{Code::conflict, "enrolled already", "delete it"});
            else
                all.push_back(registry::RegisteredDevice{{device.id, device.password.empty() ? "secret" : "", {}},
                                                         registry::DeviceChange::unchanged});
        }
        return all;
    }
    Result<std::vector<registry::KnownDevice>> list_devices(std::string_view tenant, std::string_view after, std::int64_t limit) override {
        if (tenant == "nowhere") return Error{Code::not_found, "there is no tenant"};
        note = "list after " + std::string(after) + (limit < 1'000'000 ? " limit " + std::to_string(limit) : "");
        return std::vector<registry::KnownDevice>{*find_device(tenant, "press-01")};
    }
    Result<registry::KnownDevice> find_device(std::string_view tenant, std::string_view id) override {
        if (id == "nobody") return Error{Code::not_found, "no such device"};
        registry::KnownDevice device;
        device.tenant = tenant;
        device.id = id;
        device.attributes = {{"type", "press"}};
        return device;
    }
    Result<std::vector<Result<void>>> revoke_devices(std::string_view tenant, const std::vector<std::string>& ids,
                                                     RevocationReason reason) override {
        note = "revoke " + std::string(name_of(reason));
        return each(tenant, ids);
    }
    Result<void> revoke_certificate(std::string_view, std::string_view serial, RevocationReason reason) override {
        note = "certificate " + std::string(serial) + " " + std::string(name_of(reason));
        return {};
    }
    Result<std::vector<Result<void>>> delete_devices(std::string_view tenant, const std::vector<std::string>& ids) override {
        note = "delete";
        return each(tenant, ids);
    }
    std::string note;

private:
    Result<std::vector<Result<void>>> each(std::string_view tenant, const std::vector<std::string>& ids) {
        std::vector<Result<void>> all;
        note += " " + std::string(tenant);
        for (const auto& id : ids) {
            note += " " + id;
            all.push_back(id == "nobody" ? Result<void>(Error{Code::not_found, "no such device"}) : Result<void>());
        }
        return all;
    }
};

struct Api {
    NotedDevices devices;
    json last;
    /// 0: not one of these routes.
    unsigned status(const std::string& method, const std::string& target, const std::string& body = "") {
        const auto answered = admin::handle_devices(devices, admin::parse_target(target).value(), {method, target, "", "", body});
        last = answered ? json::parse(answered->body) : json();
        return answered ? answered->status : 0;
    }
};

}  // namespace

TEST_CASE("each route about devices makes its call") {
    Api api;
    const std::vector<std::array<std::string, 4>> routes{
        {"GET", "/v1/tenants/acme/devices?after=a%2Fb&limit=7", "", "list after a/b limit 7"},
        {"GET", "/v1/tenants/acme/devices", "", "list after "},
        {"POST", "/v1/tenants/acme/devices/a%2Fb/revoke", "", "revoke unspecified acme a/b"},
        {"POST", "/v1/tenants/acme/devices/x/revoke", R"({"reason":"superseded"})", "revoke superseded acme x"},
        {"POST", "/v1/tenants/acme/certificates/01AB/revoke", R"({"reason":"keyCompromise"})", "certificate 01AB keyCompromise"},
        {"DELETE", "/v1/tenants/acme/devices/press-01", "", "delete acme press-01"},
        {"POST", "/v1/tenants/acme/revocations", R"({"devices":["a","nobody"],"reason":"privilegeWithdrawn"})",
         "revoke privilegeWithdrawn acme a nobody"},
        {"POST", "/v1/tenants/acme/deletions", R"({"devices":["a"]})", "delete acme a"},
        {"POST", "/v1/tenants/acme/registrations", R"({"devices":[{"id":"a","attributes":{"type":"pump"}},{"id":"b"}]})",
         "register acme a:{type=pump\n} b:"}};
    for (const auto& [method, target, body, note] : routes) {
        INFO(target);
        CHECK(api.status(method, target, body) == 200);
        CHECK(api.devices.note == note);
    }
    CHECK(api.status("POST", "/v1/tenants/acme/devices", R"({"id":"a","one_time_password":"given-by-hand"})") == 201);
    CHECK(api.devices.note == "register acme a:given-by-hand");
    CHECK(api.last["one_time_password"] == "secret");
    CHECK(api.status("POST", "/v1/tenants/acme/devices", R"({"id":"a","password":"correct horse"})") == 201);
    CHECK(api.devices.note == "register acme a:password correct horse");
    CHECK(api.last == json::parse(R"({"id":"a","change":"unchanged"})"));
    CHECK(api.status("GET", "/v1/tenants/acme/devices/press-01") == 200);
    CHECK(api.last["has_password"] == false);
    CHECK(api.last["approval"].is_null());
    CHECK(api.last["attributes"]["type"] == "press");
    CHECK(api.last["certificate_serial"].is_null());
}

TEST_CASE("of many devices each has its own status, which it would have had alone") {
    Api api;
    CHECK(api.status("POST", "/v1/tenants/acme/registrations", R"({"devices":[{"id":"a"},{"id":"nobody"}]})") == 200);
    CHECK(api.last[0]["status"] == 200);
    CHECK(api.last[0]["change"] == "unchanged");
    CHECK(api.last[1] ==
          json::parse(R"({"id":"nobody","status":409,"error":{"code":"conflict","message":"enrolled already","hint":"delete it"}})"));
    CHECK(api.status("POST", "/v1/tenants/acme/devices", R"({"id":"nobody"})") == 409);
    CHECK(api.status("POST", "/v1/tenants/acme/deletions", R"({"devices":["nobody"]})") == 200);
    CHECK(api.last[0]["status"] == 404);
    CHECK(api.status("DELETE", "/v1/tenants/acme/devices/nobody") == 404);
}

TEST_CASE("what is wrong with a request about devices is told, and nothing is called") {
    Api api;
    std::string many = R"({"devices":[)";
    for (int i = 0; i < 501; ++i) many += std::string(i == 0 ? "" : ",") + R"("d")";
    const std::vector<std::array<std::string, 2>> bodies{{"registrations", "{}"},
                                                         {"registrations", R"({"devices":{}})"},
                                                         {"registrations", R"({"devices":["a"]})"},
                                                         {"registrations", R"({"devices":[{"id":1}]})"},
                                                         {"registrations", R"({"devices":[{"id":"a","otp":"x"}]})"},
                                                         {"registrations", R"({"devices":[{"id":"a","one_time_password":""}]})"},
                                                         {"registrations", R"({"devices":[{"id":"a","password":""}]})"},
                                                         {"registrations", R"({"devices":[{"id":"a","password":1}]})"},
                                                         {"registrations", R"({"devices":[{"id":"a","attributes":{"a":1}}]})"},
                                                         {"registrations", R"({"devices":[{"id":"a","attributes":[]}]})"},
                                                         {"revocations", R"({"devices":[{}]})"},
                                                         {"revocations", R"({"devices":[],"reason":"bored"})"},
                                                         {"revocations", R"({"devices":[],"reason":1})"},
                                                         {"deletions", R"({"devices":[],"reason":"superseded"})"},
                                                         {"deletions", many + "]}"},
                                                         {"devices/a/revoke", R"({"reason":"bored"})"},
                                                         {"devices/a/revoke", "[]"},
                                                         {"devices", R"({"id":1})"}};
    for (const auto& [path, body] : bodies) {
        INFO(path << " " << body);
        CHECK(api.status("POST", "/v1/tenants/acme/" + path, body) == 400);
    }
    CHECK(api.status("GET", "/v1/tenants/acme/devices?limit=0") == 400);
    CHECK(api.status("GET", "/v1/tenants/acme/devices?limit=x") == 400);
    CHECK(api.devices.note.empty());
    CHECK(api.status("GET", "/v1/tenants/nowhere/devices") == 404);
}

TEST_CASE("routes about devices have no other methods, and leave the others alone") {
    Api api;
    for (const auto* path : {"devices/a/revoke", "registrations", "revocations", "deletions", "devices", "devices/a"})
        CHECK(api.status("PUT", std::string("/v1/tenants/acme/") + path, "{}") == 405);
    CHECK(api.status("GET", "/v1/tenants") == 0);
    CHECK(api.status("GET", "/v1/tenants/acme") == 0);
    CHECK(api.status("PUT", "/v1/tenants/acme/devices/a/password", "{}") == 0);
    CHECK(api.status("GET", "/v1/tenants/acme/crl") == 0);
}

}  // namespace muster::test
