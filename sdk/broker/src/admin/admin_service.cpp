// SPDX-License-Identifier: Apache-2.0
// The admin API's routes.
#include "admin/admin_service.hpp"

#include "admin/answers.hpp"
#include "admin/json_body.hpp"

#include <muster/version.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <ctime>
#include <limits>
#include <string>

namespace muster::testbroker::admin {
namespace {

using Json = nlohmann::json;
using net::HttpRequest;
using net::HttpResponse;

std::string rfc3339(std::chrono::system_clock::time_point time) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

const char* name_of_isolation(Isolation isolation) {
    return isolation == Isolation::flat ? "flat" : "device";
}

Json to_json(const TenantInfo& tenant) {
    return {{"name", tenant.name},
            {"isolation", name_of_isolation(tenant.isolation)},
            {"devices", tenant.devices},
            {"issuing_ca_sha256", tenant.issuing_ca_sha256},
            {"created", rfc3339(tenant.created)},
            {"device_passwords", tenant.options.device_passwords},
            {"anonymous", tenant.options.anonymous},
            {"certificate_lifetime_hours", tenant.options.certificate_lifetime.count()},
            {"manual_approval", tenant.options.manual_approval}};
}

const char* name_of(ListenerScheme scheme) {
    static constexpr std::array names{"mqtt", "mqtts", "ws", "wss", "unix"};
    return names.at(static_cast<std::size_t>(scheme));
}

const char* name_of(ClientCertificates clients) {
    static constexpr std::array names{"optional", "required", "off"};
    return names.at(static_cast<std::size_t>(clients));
}

Json to_json(const ListenerInfo& listener) {
    Json json{{"url", listener.url}, {"kind", name_of(listener.scheme)}, {"client_certificates", nullptr}};
    if (listener.scheme == ListenerScheme::mqtts || listener.scheme == ListenerScheme::wss)
        json["client_certificates"] = name_of(listener.client_certificates);
    return json;
}

Json listeners_of(const Actions& actions) {
    auto listeners = Json::array();
    for (const auto& listener : actions.listeners()) listeners.push_back(to_json(listener));
    return listeners;
}

Json status_of(Actions& actions) {
    const BrokerCounters counters = actions.counters();
    const BrokerAddresses& addresses = actions.addresses();
    return {{"version", std::string(version())},
            {"mqtts_url", addresses.mqtts_url},
            {"mqtt_url", addresses.mqtt_url},
            {"listeners", listeners_of(actions)},
            {"est_url", addresses.est_url},
            {"ca_file", addresses.ca_file.string()},
            {"counters",
             {{"connections", counters.connections},
              {"refused", counters.refused},
              {"malformed", counters.malformed},
              {"open_connections", counters.open_connections},
              {"messages_in", counters.messages_in},
              {"messages_out", counters.messages_out},
              {"dropped_queue_full", counters.dropped_queue_full},
              {"refused_for_memory", counters.refused_for_memory},
              {"certificates_issued", counters.certificates_issued}}}};
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

// Percent-decodes one path segment (RFC 3986, section 2.1).
Result<std::string> decode(std::string_view segment) {
    std::string decoded;
    for (std::size_t i = 0; i < segment.size(); ++i) {
        if (segment[i] != '%') {
            decoded += segment[i];
            continue;
        }
        const int high = i + 2 < segment.size() ? hex_value(segment[i + 1]) : -1;
        const int low = i + 2 < segment.size() ? hex_value(segment[i + 2]) : -1;
        if (high < 0 || low < 0) return Error{Code::invalid_argument, "the path has a wrong percent-encoding"};
        decoded += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return decoded;
}

Result<std::vector<std::string>> segments_of(std::string_view target) {
    target = target.substr(0, target.find('?'));
    std::vector<std::string> segments;
    while (!target.empty()) {
        target.remove_prefix(1);  // The slash.
        const auto end = target.find('/');
        auto segment = decode(target.substr(0, end));
        if (!segment) return std::move(segment).error();
        segments.push_back(std::move(*segment));
        target = end == std::string_view::npos ? std::string_view() : target.substr(end);
    }
    return segments;
}

// What the body does not name stays as it was.
TenantOptions options_in(const Json& json, const TenantOptions& before) {
    // Beyond what fits is beyond what is allowed, too.
    const auto hours =
        std::min<std::uint64_t>(json.value("certificate_lifetime_hours", static_cast<std::uint64_t>(before.certificate_lifetime.count())),
                                std::numeric_limits<std::int32_t>::max());
    return {json.value("device_passwords", before.device_passwords), json.value("anonymous", before.anonymous), std::chrono::hours(hours),
            json.value("manual_approval", before.manual_approval)};
}

HttpResponse create_tenant(Actions& actions, const std::string& body) {
    auto json = parse_body(body, {{"name"},
                                  {"isolation"},
                                  {"device_passwords", Kind::flag},
                                  {"anonymous", Kind::flag},
                                  {"certificate_lifetime_hours", Kind::number},
                                  {"manual_approval", Kind::flag}});
    if (!json) return answer(json.error());
    auto name = required(*json, "name");
    if (!name) return answer(name.error());
    const std::string isolation = json->value("isolation", "device");
    if (isolation != "device" && isolation != "flat")
        return answer(Error{Code::invalid_argument, "isolation '" + isolation + "' is neither device nor flat"});
    auto tenant = actions.create_tenant(*name, isolation == "flat" ? Isolation::flat : Isolation::device, options_in(*json, {}));
    return tenant ? answer(201, to_json(*tenant)) : answer(tenant.error());
}

Result<TenantInfo> find_tenant(Actions& actions, const std::string& name) {
    const auto tenants = actions.list_tenants();
    if (!tenants) return tenants.error();
    const auto found = std::find_if(tenants->begin(), tenants->end(), [&](const TenantInfo& tenant) { return tenant.name == name; });
    if (found == tenants->end()) return Error{Code::not_found, "there is no tenant of that name"};
    return *found;
}

HttpResponse show_tenant(Actions& actions, const std::string& name) {
    const auto tenant = find_tenant(actions, name);
    return tenant ? answer(200, to_json(*tenant)) : answer(tenant.error());
}

HttpResponse change_tenant(Actions& actions, const std::string& name, const std::string& body) {
    auto json = parse_body(body, {{"device_passwords", Kind::flag},
                                  {"anonymous", Kind::flag},
                                  {"certificate_lifetime_hours", Kind::number},
                                  {"manual_approval", Kind::flag}});
    if (!json) return answer(json.error());
    const auto found = find_tenant(actions, name);
    if (!found) return answer(found.error());
    auto tenant = actions.set_tenant_options(name, options_in(*json, found->options));
    return tenant ? answer(200, to_json(*tenant)) : answer(tenant.error());
}

HttpResponse set_device_password(Actions& actions, const std::string& tenant, const std::string& id, const std::string& body) {
    auto json = parse_body(body, {{"password"}});
    if (!json) return answer(json.error());
    auto password = required(*json, "password");
    if (!password) return answer(password.error());
    auto set = actions.set_device_password(tenant, id, *password);
    return set ? answer(200, {{"tenant", tenant}, {"id", id}}) : answer(set.error());
}

HttpResponse set_application(Actions& actions, const std::string& tenant, const std::string& user, const std::string& body) {
    auto json = parse_body(body, {{"password"}});
    if (!json) return answer(json.error());
    auto password = required(*json, "password");
    if (!password) return answer(password.error());
    auto set = actions.set_application(tenant, user, *password);
    return set ? answer(200, {{"tenant", tenant}, {"user", user}}) : answer(set.error());
}

template <class Infos>
HttpResponse list(const Result<Infos>& infos) {
    if (!infos) return answer(infos.error());
    auto entries = Json::array();
    for (const auto& info : *infos) entries.push_back(to_json(info));
    return answer(200, entries);
}

}  // namespace

HttpResponse AdminService::handle(const HttpRequest& request) {
    const auto path = segments_of(request.target);
    if (!path) return answer(path.error());
    const auto& parts = *path;
    const auto is = [&](std::size_t index, const char* name) { return parts.size() > index && parts[index] == name; };
    const bool get = request.method == "GET";
    const bool post = request.method == "POST";

    if (parts.size() == 2 && is(0, "v1") && is(1, "status")) return get ? answer(200, status_of(actions_)) : wrong_method(request);
    if (auto answered = handle_faults(actions_, parts, request)) return *std::move(answered);
    if (parts.size() == 2 && is(0, "v1") && is(1, "tenants")) {
        if (get) return list(actions_.list_tenants());
        return post ? create_tenant(actions_, request.body) : wrong_method(request);
    }
    if (parts.size() == 3 && is(0, "v1") && is(1, "tenants")) {
        if (get) return show_tenant(actions_, parts[2]);
        return request.method == "PATCH" ? change_tenant(actions_, parts[2], request.body) : wrong_method(request);
    }
    if (parts.size() == 6 && is(0, "v1") && is(1, "tenants") && is(3, "devices") && is(5, "password")) {
        return request.method == "PUT" ? set_device_password(actions_, parts[2], parts[4], request.body) : wrong_method(request);
    }
    if (parts.size() == 5 && is(0, "v1") && is(1, "tenants") && is(3, "applications")) {
        return request.method == "PUT" ? set_application(actions_, parts[2], parts[4], request.body) : wrong_method(request);
    }
    return answer(Error{Code::not_found, "there is nothing at " + request.target});
}

}  // namespace muster::testbroker::admin
