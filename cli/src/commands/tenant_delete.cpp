// SPDX-License-Identifier: Apache-2.0
// `muster tenant delete`: a tenant with everything it has.
#include "commands/commands.hpp"

namespace muster::cli {

Exit run_tenant_delete(const TenantDeleteOptions& options, OpenEngine open, Io& io) {
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    const auto deleted = (*engine)->delete_tenant(options.name);
    if (!deleted) return io.fail(deleted.error());
    io.say("Tenant    " + options.name + "  deleted");
    return Exit::ok;
}

}  // namespace muster::cli
