// SPDX-License-Identifier: Apache-2.0
// Devices over the admin API.
#include "admin/device_routes.hpp"

#include "admin/answers.hpp"
#include "admin/certificate_routes.hpp"
#include "admin/json_body.hpp"
#include "admin/time_text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace muster::testbroker::admin {
namespace {

using Json = nlohmann::json;
using net::HttpRequest;
using net::HttpResponse;
using registry::NewDevice;
using registry::RegisteredDevice;
using registry::RevocationReason;

// A transaction is as long as all of them take, and nobody enrolls meanwhile.
constexpr std::size_t max_devices = 500;

Json to_json(const registry::KnownDevice& device) {
    Json json{{"tenant", device.tenant},
              {"id", device.id},
              {"enrolled", device.enrolled},
              {"revoked", device.revoked},
              {"registered", rfc3339(device.registered)},
              {"attributes", device.attributes}};
    json["certificate_serial"] = device.certificate_serial.empty() ? Json() : Json(device.certificate_serial);
    json["certificate_not_after"] = device.certificate_not_after ? Json(rfc3339(*device.certificate_not_after)) : Json();
    json["revocation_reason"] = device.revoked ? Json(device.revocation_reason) : Json();
    json["has_password"] = device.has_password;
    json["one_time_password_blocked"] = device.one_time_password_blocked;
    json["approval"] = device.approval ? Json(name_of(*device.approval)) : Json();
    return json;
}

Result<DeviceAttributes> attributes_in(const Json& json) {
    DeviceAttributes attributes;
    if (!json.is_object()) return Error{Code::invalid_argument, "'attributes' must be an object of strings"};
    for (const auto& [name, value] : json.items()) {
        if (!value.is_string()) return Error{Code::invalid_argument, "'attributes' must be an object of strings"};
        attributes[name] = value.get<std::string>();
    }
    return attributes;
}

// The attributes are no text, so that parse_body cannot look at them.
Result<NewDevice> device_in(Json json) {
    NewDevice device;
    if (!json.is_object()) return Error{Code::invalid_argument, "a device must be a JSON object"};
    if (const auto found = json.find("attributes"); found != json.end()) {
        auto attributes = attributes_in(*found);
        if (!attributes) return std::move(attributes).error();
        device.attributes = std::move(*attributes);
        json.erase(found);
    }
    auto known = check_members(json, {{"id"}, {"one_time_password"}, {"password"}});
    if (!known) return std::move(known).error();
    auto id = required(json, "id");
    if (!id) return std::move(id).error();
    device.id = std::move(*id);
    if (json.contains("password")) {
        device.password = json["password"].get<std::string>();
        if (device.password.empty()) return Error{Code::invalid_argument, "'password' is empty", "leave it out"};
    }
    if (!json.contains("one_time_password")) return device;
    device.one_time_password = json["one_time_password"].get<std::string>();
    if (device.one_time_password.empty()) return Error{Code::invalid_argument, "'one_time_password' is empty", "leave it out"};
    return device;
}

// "devices" of a body that has one more member, `other`, at most.
Result<Json> list_in(const std::string& body, const char* other) {
    Json json = Json::parse(body, nullptr, false);
    if (!json.is_object()) return Error{Code::invalid_argument, "the body is no JSON object"};
    for (const auto& [key, value] : json.items()) {
        if (key != "devices" && key != other) return Error{Code::invalid_argument, "unknown key '" + key + "'"};
    }
    if (!json.contains("devices") || !json["devices"].is_array()) return Error{Code::invalid_argument, "'devices' must be an array"};
    if (json["devices"].size() > max_devices)
        return Error{Code::invalid_argument, "'devices' has more than " + std::to_string(max_devices) + " entries", "ask more than once"};
    return json;
}

Json describe(const RegisteredDevice& device) {
    static constexpr std::array names{"created", "updated", "unchanged"};
    Json json{{"id", device.registration.device_id}, {"change", names.at(static_cast<std::size_t>(device.change))}};
    if (device.registration.one_time_password.empty()) return json;
    json["one_time_password"] = device.registration.one_time_password;
    json["expires"] = rfc3339(device.registration.expires);
    return json;
}

HttpResponse register_one(DeviceActions& actions, const std::string& tenant, const std::string& body) {
    Json json = Json::parse(body, nullptr, false);
    if (!json.is_object()) return answer(Error{Code::invalid_argument, "the body is no JSON object"});
    auto device = device_in(std::move(json));
    if (!device) return answer(device.error());
    const auto registered = actions.register_devices(tenant, {*device});
    if (!registered) return answer(registered.error());
    return registered->front() ? answer(201, describe(*registered->front())) : answer(registered->front().error());
}

// An entry's status and error are what the same request for it alone would be answered.
Json describe_error(const std::string& id, const Error& error) {
    Json json{{"id", id}, {"status", status_for(error.code())}};
    json["error"] = {{"code", std::string(name_of(error.code()))}, {"message", error.message()}};
    if (!error.hint().empty()) json["error"]["hint"] = error.hint();
    return json;
}

HttpResponse register_many(DeviceActions& actions, const std::string& tenant, const std::string& body) {
    auto list = list_in(body, "");
    if (!list) return answer(list.error());
    std::vector<NewDevice> devices;
    for (auto& entry : (*list)["devices"]) {
        auto device = device_in(std::move(entry));
        if (!device) return answer(std::move(device).error().in("devices[" + std::to_string(devices.size()) + "]"));
        devices.push_back(std::move(*device));
    }
    const auto all = actions.register_devices(tenant, devices);
    if (!all) return answer(all.error());
    auto entries = Json::array();
    for (std::size_t i = 0; i < all->size(); ++i) {
        const auto& registered = all->at(i);
        entries.push_back(registered ? describe(*registered) : describe_error(devices[i].id, registered.error()));
        if (registered) entries.back()["status"] = registered->change == registry::DeviceChange::created ? 201 : 200;
    }
    return answer(200, entries);
}

Result<RevocationReason> reason_in(const Json& json) {
    if (!json.contains("reason")) return RevocationReason::unspecified;
    if (!json["reason"].is_string()) return Error{Code::invalid_argument, "'reason' must be a string"};
    return registry::parse_revocation_reason(json["reason"].get_ref<const std::string&>());
}

Result<std::vector<std::string>> ids_in(const Json& list) {
    std::vector<std::string> ids;
    for (const auto& entry : list) {
        if (!entry.is_string()) return Error{Code::invalid_argument, "'devices' must be an array of ids"};
        ids.push_back(entry.get<std::string>());
    }
    return ids;
}

/// Asks for something to be done to the devices of a body, and tells what became of each.
template <class Act>
HttpResponse act_on_many(const std::string& body, const char* other, Act&& act) {
    const auto json = list_in(body, other);
    if (!json) return answer(json.error());
    const auto ids = ids_in((*json)["devices"]);
    if (!ids) return answer(ids.error());
    const Result<std::vector<Result<void>>> all = act(*json, *ids);
    if (!all) return answer(all.error());
    auto entries = Json::array();
    for (std::size_t i = 0; i < all->size(); ++i)
        entries.push_back(all->at(i) ? Json{{"id", ids->at(i)}, {"status", 200}} : describe_error(ids->at(i), all->at(i).error()));
    return answer(200, entries);
}

HttpResponse revoke_many(DeviceActions& actions, const std::string& tenant, const std::string& body) {
    return act_on_many(body, "reason", [&](const Json& json, const auto& ids) -> Result<std::vector<Result<void>>> {
        const auto reason = reason_in(json);
        if (!reason) return reason.error();
        return actions.revoke_devices(tenant, ids, *reason);
    });
}

// Without a body it is for no reason that is told.
HttpResponse revoke_one(DeviceActions& actions, const Target& target, const HttpRequest& request) {
    if (request.method != "POST") return wrong_method(request);
    const auto json = request.body.empty() ? Result<Json>(Json::object()) : parse_body(request.body, {{"reason"}});
    if (!json) return answer(json.error());
    const auto reason = reason_in(*json);
    if (!reason) return answer(reason.error());
    const std::string& tenant = target.path[2];
    const std::string& name = target.path[4];
    if (target.path[3] == "certificates") {
        const auto done = actions.revoke_certificate(tenant, name, *reason);
        return done ? answer(200, {{"tenant", tenant}, {"serial", name}}) : answer(done.error());
    }
    const auto done = actions.revoke_devices(tenant, {name}, *reason);
    if (!done) return answer(done.error());
    return done->front() ? answer(200, {{"tenant", tenant}, {"id", name}}) : answer(done->front().error());
}

HttpResponse list(DeviceActions& actions, const Target& target) {
    std::int64_t limit = std::numeric_limits<std::int64_t>::max();
    if (const auto found = target.query.find("limit"); found != target.query.end()) {
        const char* end = found->second.data() + found->second.size();
        const auto [stop, status] = std::from_chars(found->second.data(), end, limit);
        if (status != std::errc() || stop != end || limit < 1)
            return answer(Error{Code::invalid_argument, "'limit' must be a whole number above 0"});
    }
    const auto after = target.query.find("after");
    const auto devices = actions.list_devices(target.path[2], after == target.query.end() ? std::string() : after->second, limit);
    if (!devices) return answer(devices.error());
    auto entries = Json::array();
    for (const auto& device : *devices) entries.push_back(to_json(device));
    return answer(200, entries);
}

HttpResponse handle_one(DeviceActions& actions, const std::string& tenant, const std::string& id, const HttpRequest& request) {
    if (request.method == "GET") {
        const auto device = actions.find_device(tenant, id);
        return device ? answer(200, to_json(*device)) : answer(device.error());
    }
    if (request.method != "DELETE") return wrong_method(request);
    const auto done = actions.delete_devices(tenant, {id});
    if (!done) return answer(done.error());
    return done->front() ? answer(200, {{"tenant", tenant}, {"id", id}}) : answer(done->front().error());
}

}  // namespace

std::optional<HttpResponse> handle_devices(DeviceActions& actions, const Target& target, const HttpRequest& request) {
    const auto& path = target.path;
    if (path.size() < 4 || path[0] != "v1" || path[1] != "tenants") return std::nullopt;
    const std::string& tenant = path[2];
    const std::string& kind = path[3];
    const bool is_post = request.method == "POST";
    if (path.size() == 4 && kind == "devices") {
        if (request.method == "GET") return list(actions, target);
        return is_post ? register_one(actions, tenant, request.body) : wrong_method(request);
    }
    if (path.size() == 5 && kind == "devices") return handle_one(actions, tenant, path[4], request);
    if (path.size() == 6 && path[5] == "revoke" && (kind == "devices" || kind == "certificates"))
        return revoke_one(actions, target, request);
    if (path.size() != 4) return std::nullopt;
    if (kind == "registrations") return is_post ? register_many(actions, tenant, request.body) : wrong_method(request);
    if (kind == "revocations") return is_post ? revoke_many(actions, tenant, request.body) : wrong_method(request);
    if (kind == "deletions") {
        if (!is_post) return wrong_method(request);
        return act_on_many(request.body, "", [&](const Json&, const auto& ids) { return actions.delete_devices(tenant, ids); });
    }
    return std::nullopt;
}

}  // namespace muster::testbroker::admin
