// SPDX-License-Identifier: Apache-2.0
// `muster tenant create`: a tenant with an issuing CA of its own.
#include "commands/commands.hpp"
#include "commands/look_up.hpp"
#include "consent.hpp"

namespace muster::cli {

Exit run_tenant_create(const TenantCreateOptions& options, OpenEngine open, Io& io) {
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    if (io.is_dry_run) {
        if (const auto checked = check_tenant_is_new(**engine, options.name); !checked) return io.fail(checked.error());
    }
    if (const auto end = stop_before(io, "make tenant " + options.name)) return *end;
    const auto tenant = (*engine)->create_tenant(options.name, options.isolation, options.options);
    if (!tenant) return io.fail(tenant.error());
    io.say("Tenant    " + tenant->name + "  (isolation: " + tenant->isolation + ", issuing CA " + tenant->issuing_ca_sha256.substr(0, 16) +
           "...)");
    return Exit::ok;
}

}  // namespace muster::cli
