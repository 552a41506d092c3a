// SPDX-License-Identifier: Apache-2.0
// `muster tenant list` and `muster tenant show`: every tenant of the engine, or one with its limits.
#include "commands/commands.hpp"
#include "output/records.hpp"

namespace muster::cli {
namespace {

nlohmann::json to_json(const engines::Tenant& tenant) {
    return {{"name", tenant.name},           {"isolation", tenant.isolation},
            {"devices", tenant.devices},     {"issuing_ca_sha256", tenant.issuing_ca_sha256},
            {"created", tenant.created},     {"device_passwords", tenant.device_passwords},
            {"anonymous", tenant.anonymous}, {"manual_approval", tenant.manual_approval}};
}

View view() {
    return {"name",
            {{"NAME", "name"},
             {"ISOLATION", "isolation"},
             {"DEVICES", "devices"},
             {"CREATED", "created"},
             {"PASSWORDS", "device_passwords", true},
             {"ANONYMOUS", "anonymous", true},
             {"APPROVAL", "manual_approval", true},
             {"ISSUING CA", "issuing_ca_sha256", true}}};
}

}  // namespace

Exit run_tenant_list(const TenantListOptions& options, OpenEngine open, Io& io) {
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    const auto tenants = (*engine)->list_tenants();
    if (!tenants) return io.fail(tenants.error());
    auto list = nlohmann::json::array();
    for (const auto& tenant : *tenants) list.push_back(to_json(tenant));
    return print_list(io, list, view());
}

Exit run_tenant_show(const TenantShowOptions& options, OpenEngine open, Io& io) {
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    const auto tenant = (*engine)->find_tenant(options.name);
    if (!tenant) return io.fail(tenant.error());
    const auto limits = (*engine)->set_tenant_limits(options.name, {});
    if (!limits) return io.fail(limits.error());
    auto record = to_json(*tenant);
    record["limits"] = nlohmann::json::object();
    for (const auto& limit : *limits) record["limits"][limit.name] = limit.value ? nlohmann::json(*limit.value) : nlohmann::json();
    return print_record(io, record, view());
}

}  // namespace muster::cli
