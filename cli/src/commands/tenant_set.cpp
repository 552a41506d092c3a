// SPDX-License-Identifier: Apache-2.0
// `muster tenant set`: whom a tenant lets in.
#include "commands/commands.hpp"

namespace muster::cli {

Exit run_tenant_set(const TenantSetOptions& options, OpenEngine open, Io& io) {
    if (!options.options.device_passwords && !options.options.anonymous && !options.options.certificate_hours) {
        return io.fail(Error{Code::invalid_argument, "nothing is to be set",
                             "give --device-passwords, --no-device-passwords, --anonymous, --no-anonymous or --certificate-hours"});
    }
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    const auto tenant = (*engine)->set_tenant_options(options.name, options.options);
    if (!tenant) return io.fail(tenant.error());
    io.say("Tenant    " + tenant->name + "  (device passwords: " + (tenant->device_passwords ? "yes" : "no") +
           ", anonymous: " + (tenant->anonymous ? "yes" : "no") + ")");
    return Exit::ok;
}

}  // namespace muster::cli
