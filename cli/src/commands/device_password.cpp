// SPDX-License-Identifier: Apache-2.0
// `muster device password`: a device that shows a password instead of a certificate.
#include "commands/commands.hpp"
#include "commands/look_up.hpp"
#include "consent.hpp"
#include "secrets.hpp"

namespace muster::cli {

Exit run_device_password(const DevicePasswordOptions& options, OpenEngine open, Io& io) {
    auto password = load_secret(options.password_file, io.in, "--password-file");
    if (!password) return io.fail(password.error());
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    if (io.is_dry_run) {
        if (const auto checked = find_tenant(**engine, options.tenant); !checked) return io.fail(checked.error());
    }
    if (const auto end = stop_before(io, "give device " + options.id + " of tenant " + options.tenant + " a password")) return *end;
    const auto set = (*engine)->set_device_password(options.tenant, options.id, *password);
    if (!set) return io.fail(set.error());
    io.say("Device    " + options.tenant + "/" + options.id + "  (this is its MQTT user name)");
    return Exit::ok;
}

}  // namespace muster::cli
