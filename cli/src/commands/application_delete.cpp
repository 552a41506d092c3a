// SPDX-License-Identifier: Apache-2.0
// `muster application delete`: an application that is not known any more.
#include "commands/commands.hpp"
#include "commands/look_up.hpp"
#include "consent.hpp"

namespace muster::cli {

Exit run_application_delete(const ApplicationDeleteOptions& options, OpenEngine open, Io& io) {
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    if (io.is_dry_run) {
        if (const auto checked = find_tenant(**engine, options.tenant); !checked) return io.fail(checked.error());
    }
    if (const auto end = stop_before_loss(io, "delete application " + options.user + " of tenant " + options.tenant)) return *end;
    const auto deleted = (*engine)->delete_application(options.tenant, options.user);
    if (!deleted) return io.fail(deleted.error());
    io.say("Application  " + options.tenant + "/" + options.user + "  deleted");
    return Exit::ok;
}

}  // namespace muster::cli
