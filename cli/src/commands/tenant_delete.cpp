// SPDX-License-Identifier: Apache-2.0
// `muster tenant delete`: a tenant with everything it has.
#include "commands/commands.hpp"
#include "commands/look_up.hpp"
#include "consent.hpp"

namespace muster::cli {

Exit run_tenant_delete(const TenantDeleteOptions& options, OpenEngine open, Io& io) {
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    const auto found = find_tenant(**engine, options.name);
    if (!found) return io.fail(found.error());
    const std::string loss = "delete tenant " + options.name + " with its CA and " + std::to_string(found->devices) + " devices";
    if (const auto end = stop_before_loss_of(io, options.name, options.confirmed, loss)) return *end;
    const auto deleted = (*engine)->delete_tenant(options.name);
    if (!deleted) return io.fail(deleted.error());
    io.say("Tenant    " + options.name + "  deleted");
    return Exit::ok;
}

}  // namespace muster::cli
