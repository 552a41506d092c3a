// SPDX-License-Identifier: Apache-2.0
// The bundled broker as an engine, through its admin API.
#include "engines/muster_engine.hpp"

#include "engines/admin_client.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace muster::cli::engines {
namespace {

using Json = nlohmann::json;

std::string text(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Tenant parse_tenant(const Json& entry) {
    return {text(entry, "name"),
            text(entry, "isolation"),
            entry.value("devices", std::uint64_t{0}),
            text(entry, "issuing_ca_sha256"),
            text(entry, "created"),
            entry.value("device_passwords", false),
            entry.value("anonymous", false),
            entry.value("manual_approval", false)};
}

Device parse_device(const Json& entry, const std::string& tenant) {
    Device device;
    device.tenant = tenant;
    device.id = text(entry, "id");
    device.enrolled = entry.value("enrolled", false);
    device.certificate_serial = text(entry, "certificate_serial");
    device.registered = text(entry, "registered");
    device.revoked = entry.value("revoked", false);
    if (const auto until = text(entry, "certificate_not_after"); !until.empty()) device.certificate_not_after = until;
    device.revocation_reason = text(entry, "revocation_reason");
    device.has_password = entry.value("has_password", false);
    device.one_time_password_blocked = entry.value("one_time_password_blocked", false);
    device.approval = text(entry, "approval");
    if (const auto attributes = entry.find("attributes"); attributes != entry.end() && attributes->is_object()) {
        for (const auto& [name, value] : attributes->items()) device.attributes[name] = text(*attributes, name.c_str());
    }
    return device;
}

TrustedCa parse_ca(const Json& entry) {
    return {text(entry, "sha256"), text(entry, "subject"), text(entry, "not_after"), entry.value("auto_register", false),
            text(entry, "added")};
}

void add_options(Json& body, const TenantOptions& options) {
    if (options.device_passwords) body["device_passwords"] = *options.device_passwords;
    if (options.anonymous) body["anonymous"] = *options.anonymous;
    if (options.manual_approval) body["manual_approval"] = *options.manual_approval;
    if (options.certificate_hours) body["certificate_lifetime_hours"] = *options.certificate_hours;
}

DeviceOutcome parse_outcome(const Json& entry) {
    DeviceOutcome outcome{text(entry, "id"), entry.value("status", 0U), text(entry, "change"), text(entry, "expires"), std::nullopt};
    if (entry.contains("error")) outcome.error = error_in(entry);
    return outcome;
}

class MusterEngine final : public Engine {
public:
    explicit MusterEngine(AdminClient client) : client_(std::move(client)) {}

    Result<Tenant> create_tenant(const std::string& name, const std::string& isolation, const TenantOptions& options) override {
        Json body{{"name", name}, {"isolation", isolation}};
        add_options(body, options);
        auto answer = client_.call("POST", "/v1/tenants", &body);
        if (!answer) return std::move(answer).error();
        return parse_tenant(*answer);
    }

    Result<Tenant> set_tenant_options(const std::string& name, const TenantOptions& options) override {
        Json body = Json::object();
        add_options(body, options);
        auto answer = client_.call("PATCH", "/v1/tenants/" + percent_encode(name), &body);
        if (!answer) return std::move(answer).error();
        return parse_tenant(*answer);
    }

    Result<std::vector<Tenant>> list_tenants() override {
        auto answer = client_.call("GET", "/v1/tenants");
        if (!answer) return std::move(answer).error();
        std::vector<Tenant> tenants;
        for (const auto& entry : *answer) tenants.push_back(parse_tenant(entry));
        return tenants;
    }

    Result<Registration> register_device(const std::string& tenant, const std::string& id) override {
        const Json body{{"id", id}};
        auto answer = client_.call("POST", "/v1/tenants/" + percent_encode(tenant) + "/devices", &body);
        if (!answer) return std::move(answer).error();
        return Registration{text(*answer, "id"), text(*answer, "one_time_password"), text(*answer, "expires")};
    }

    Result<Tenant> find_tenant(const std::string& name) override {
        auto answer = client_.call("GET", tenant_path(name));
        if (!answer) return std::move(answer).error();
        return parse_tenant(*answer);
    }

    Result<std::vector<DeviceOutcome>> register_devices(const std::string& tenant, const std::vector<NewDevice>& devices) override {
        auto list = Json::array();
        for (const auto& device : devices) {
            list.push_back({{"id", device.id}});
            if (device.password.empty())
                list.back()["one_time_password"] = device.one_time_password;
            else
                list.back()["password"] = device.password;
            if (!device.attributes.empty()) list.back()["attributes"] = device.attributes;
        }
        return ask_for_many(tenant_path(tenant) + "/registrations", {{"devices", std::move(list)}}, devices.size());
    }
    Result<std::vector<DeviceOutcome>> revoke_devices(const std::string& tenant, const std::vector<std::string>& ids,
                                                      const std::string& reason) override {
        Json body{{"devices", ids}};
        if (!reason.empty()) body["reason"] = reason;
        return ask_for_many(tenant_path(tenant) + "/revocations", body, ids.size());
    }
    Result<std::vector<DeviceOutcome>> delete_devices(const std::string& tenant, const std::vector<std::string>& ids) override {
        return ask_for_many(tenant_path(tenant) + "/deletions", {{"devices", ids}}, ids.size());
    }
    [[nodiscard]] std::optional<std::chrono::seconds> retry_after() const override { return client_.retry_after(); }

    Result<Device> find_device(const std::string& tenant, const std::string& id) override {
        auto answer = client_.call("GET", tenant_path(tenant) + "/devices/" + percent_encode(id));
        if (!answer) return std::move(answer).error();
        return parse_device(*answer, tenant);
    }

    Result<std::vector<Device>> list_devices(const std::string& tenant, const std::string& after, std::uint64_t limit) override {
        const std::string page = "?limit=" + std::to_string(limit) + (after.empty() ? "" : "&after=" + percent_encode(after));
        auto answer = client_.call("GET", tenant_path(tenant) + "/devices" + page);
        if (!answer) return std::move(answer).error();
        std::vector<Device> devices;
        for (const auto& entry : *answer) devices.push_back(parse_device(entry, tenant));
        return devices;
    }

    Result<std::vector<TenantLimit>> set_tenant_limits(const std::string& name, const std::vector<TenantLimit>& limits) override {
        Json body = Json::object();
        for (const auto& limit : limits) body[limit.name] = limit.value ? Json(*limit.value) : Json();
        auto answer = limits.empty() ? client_.call("GET", tenant_path(name) + "/limits")
                                     : client_.call("PATCH", tenant_path(name) + "/limits", &body);
        if (!answer) return std::move(answer).error();
        std::vector<TenantLimit> all;
        for (const auto& [key, value] : answer->items())
            all.push_back({key, value.is_number_unsigned() ? std::optional(value.get<std::uint64_t>()) : std::nullopt});
        return all;
    }

    Result<void> delete_tenant(const std::string& name) override { return ask("DELETE", tenant_path(name)); }
    Result<void> revoke_device(const std::string& tenant, const std::string& id, const std::string& reason) override {
        return revoke(tenant_path(tenant) + "/devices/" + percent_encode(id), reason);
    }
    Result<void> revoke_certificate(const std::string& tenant, const std::string& serial, const std::string& reason) override {
        return revoke(tenant_path(tenant) + "/certificates/" + percent_encode(serial), reason);
    }
    Result<void> delete_device(const std::string& tenant, const std::string& id) override {
        return ask("DELETE", tenant_path(tenant) + "/devices/" + percent_encode(id));
    }
    Result<void> delete_application(const std::string& tenant, const std::string& user) override {
        return ask("DELETE", tenant_path(tenant) + "/applications/" + percent_encode(user));
    }

    Result<std::vector<Enrollment>> list_enrollments(const std::string& tenant) override {
        auto answer = client_.call("GET", tenant_path(tenant) + "/enrollments");
        if (!answer) return std::move(answer).error();
        std::vector<Enrollment> all;
        for (const auto& entry : *answer)
            all.push_back({text(entry, "device"), text(entry, "key_sha256"), text(entry, "approval"), text(entry, "requested")});
        return all;
    }

    Result<void> decide_enrollment(const std::string& tenant, const std::string& id, const std::string& key_sha256,
                                   Decision decision) override {
        const Json body{{"key_sha256", key_sha256}, {"approve", decision == Decision::approve}};
        auto answer = client_.call("POST", tenant_path(tenant) + "/enrollments/" + percent_encode(id), &body);
        if (!answer) return std::move(answer).error();
        return {};
    }

    Result<void> set_device_password(const std::string& tenant, const std::string& id, const std::string& password) override {
        const Json body{{"password", password}};
        auto answer = client_.call("PUT", "/v1/tenants/" + percent_encode(tenant) + "/devices/" + percent_encode(id) + "/password", &body);
        if (!answer) return std::move(answer).error();
        return {};
    }

    Result<void> set_application(const std::string& tenant, const std::string& user, const std::string& password) override {
        const Json body{{"password", password}};
        auto answer = client_.call("PUT", "/v1/tenants/" + percent_encode(tenant) + "/applications/" + percent_encode(user), &body);
        if (!answer) return std::move(answer).error();
        return {};
    }

    Result<IssuedCertificate> issue_application_certificate(const std::string& tenant, const std::string& user,
                                                            const std::string& csr) override {
        const Json body{{"csr", csr}};
        auto answer = client_.call("POST", tenant_path(tenant) + "/applications/" + percent_encode(user) + "/certificates", &body);
        if (!answer) return std::move(answer).error();
        return IssuedCertificate{text(*answer, "serial"), text(*answer, "not_after"),
                                 text(*answer, "certificate") + text(*answer, "issuer")};
    }

    Result<std::vector<Issuance>> list_issuances(const std::string& tenant, std::uint64_t limit) override {
        const std::string of = tenant.empty() ? "/v1" : tenant_path(tenant);
        auto answer = client_.call("GET", of + "/issuances?limit=" + std::to_string(limit));
        if (!answer) return std::move(answer).error();
        std::vector<Issuance> issuances;
        for (const auto& entry : *answer) {
            issuances.push_back({text(entry, "serial"), text(entry, "profile"), text(entry, "name"), text(entry, "requested_by"),
                                 text(entry, "csr_sha256"), text(entry, "outcome"), text(entry, "not_after"), text(entry, "requested")});
        }
        return issuances;
    }

    Result<std::string> fetch_crl(const std::string& tenant) override {
        auto answer = client_.call("GET", tenant_path(tenant) + "/crl");
        if (!answer) return std::move(answer).error();
        return text(*answer, "crl");
    }

    Result<CaChallenge> make_ca_challenge(const std::string& tenant) override {
        auto answer = client_.call("POST", tenant_path(tenant) + "/ca-challenge");
        if (!answer) return std::move(answer).error();
        return CaChallenge{text(*answer, "challenge"), text(*answer, "expires")};
    }

    Result<TrustedCa> add_trusted_ca(const std::string& tenant, const std::string& certificate, const std::string& proof,
                                     bool auto_register) override {
        const Json body{{"certificate", certificate}, {"proof", proof}, {"auto_register", auto_register}};
        auto answer = client_.call("POST", tenant_path(tenant) + "/cas", &body);
        if (!answer) return std::move(answer).error();
        return parse_ca(*answer);
    }

    Result<TrustedCa> set_auto_registration(const std::string& tenant, const std::string& sha256, bool auto_register) override {
        const Json body{{"auto_register", auto_register}};
        auto answer = client_.call("PATCH", tenant_path(tenant) + "/cas/" + percent_encode(sha256), &body);
        if (!answer) return std::move(answer).error();
        return parse_ca(*answer);
    }

    Result<std::vector<TrustedCa>> list_trusted_cas(const std::string& tenant) override {
        auto answer = client_.call("GET", tenant_path(tenant) + "/cas");
        if (!answer) return std::move(answer).error();
        std::vector<TrustedCa> cas;
        for (const auto& entry : *answer) cas.push_back(parse_ca(entry));
        return cas;
    }

    Result<void> remove_trusted_ca(const std::string& tenant, const std::string& sha256) override {
        return ask("DELETE", tenant_path(tenant) + "/cas/" + percent_encode(sha256));
    }

private:
    static std::string tenant_path(const std::string& name) { return "/v1/tenants/" + percent_encode(name); }
    Result<void> revoke(const std::string& path, const std::string& reason) const {
        const Json body{{"reason", reason}};
        auto answer = client_.call("POST", path + "/revoke", reason.empty() ? nullptr : &body);
        if (!answer) return std::move(answer).error();
        return {};
    }
    Result<std::vector<DeviceOutcome>> ask_for_many(const std::string& path, const Json& body, std::size_t count) const {
        auto answer = client_.call("POST", path, &body);
        if (!answer) return std::move(answer).error();
        std::vector<DeviceOutcome> outcomes;
        for (const auto& entry : *answer) outcomes.push_back(parse_outcome(entry));
        if (outcomes.size() != count)
            return Error{Code::corrupt,
                         "the broker answered about " + std::to_string(outcomes.size()) + " of " + std::to_string(count) + " devices"};
        return outcomes;
    }
    Result<void> ask(const char* method, const std::string& path) const {
        auto answer = client_.call(method, path);
        if (!answer) return std::move(answer).error();
        return {};
    }

    AdminClient client_;
};

}  // namespace

Result<std::unique_ptr<Engine>> open_muster_engine(const std::string& admin) {
    return open_traced_engine(admin, nullptr);
}

Result<std::unique_ptr<Engine>> open_traced_engine(const std::string& admin, Trace* trace) {
    auto client = AdminClient::connect_to(admin, trace);
    if (!client) return std::move(client).error();
    return std::unique_ptr<Engine>(new MusterEngine(std::move(*client)));
}

}  // namespace muster::cli::engines
