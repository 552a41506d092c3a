// SPDX-License-Identifier: Apache-2.0
// `muster application create`: a principal that sees a tenant's devices.
#include "commands/commands.hpp"
#include "secrets.hpp"

namespace muster::cli {

Exit run_application_create(const ApplicationCreateOptions& options, OpenEngine open, Io& io) {
    auto password = load_secret(options.password_file, io.in, "--password-file");
    if (!password) return io.fail(password.error());
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    const auto set = (*engine)->set_application(options.tenant, options.user, *password);
    if (!set) return io.fail(set.error());
    io.say("Application  " + options.tenant + "/" + options.user + "  (this is its MQTT user name)");
    return Exit::ok;
}

}  // namespace muster::cli
