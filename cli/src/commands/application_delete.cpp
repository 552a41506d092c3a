// SPDX-License-Identifier: Apache-2.0
// `muster application delete`: an application that is not known any more.
#include "commands/commands.hpp"

namespace muster::cli {

Exit run_application_delete(const ApplicationDeleteOptions& options, OpenEngine open, Io& io) {
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    const auto deleted = (*engine)->delete_application(options.tenant, options.user);
    if (!deleted) return io.fail(deleted.error());
    io.say("Application  " + options.tenant + "/" + options.user + "  deleted");
    return Exit::ok;
}

}  // namespace muster::cli
