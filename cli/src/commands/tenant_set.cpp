// SPDX-License-Identifier: Apache-2.0
// `muster tenant set`: whom a tenant lets in, and what its CA grants.
#include "commands/commands.hpp"
#include "commands/look_up.hpp"
#include "consent.hpp"

namespace muster::cli {

Exit run_tenant_set(const TenantSetOptions& options, OpenEngine open, Io& io) {
    const auto& wanted = options.options;
    if (!wanted.device_passwords && !wanted.anonymous && !wanted.manual_approval && !wanted.certificate_hours) {
        return io.fail(Error{Code::invalid_argument, "nothing is to be set",
                             "give --device-passwords, --anonymous, --manual-approval, one of them with --no-, or --certificate-hours"});
    }
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    if (io.is_dry_run) {
        if (const auto checked = find_tenant(**engine, options.name); !checked) return io.fail(checked.error());
    }
    if (const auto end = stop_before(io, "change tenant " + options.name)) return *end;
    const auto tenant = (*engine)->set_tenant_options(options.name, wanted);
    if (!tenant) return io.fail(tenant.error());
    io.say("Tenant    " + tenant->name + "  (device passwords: " + (tenant->device_passwords ? "yes" : "no") +
           ", anonymous: " + (tenant->anonymous ? "yes" : "no") + ", manual approval: " + (tenant->manual_approval ? "yes" : "no") + ")");
    return Exit::ok;
}

}  // namespace muster::cli
