// SPDX-License-Identifier: Apache-2.0
// `muster device revoke`: a device, or one certificate, that is not let in any more.
#include "commands/commands.hpp"

namespace muster::cli {

Exit run_device_revoke(const DeviceRevokeOptions& options, OpenEngine open, Io& io) {
    if (options.id.empty() == options.serial.empty())
        return io.fail(Error{Code::invalid_argument, "give a device id, or --serial of one certificate",
                             "muster device revoke press-01 --tenant acme"});
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    const auto revoked = options.serial.empty() ? (*engine)->revoke_device(options.tenant, options.id)
                                                : (*engine)->revoke_certificate(options.tenant, options.serial);
    if (!revoked) return io.fail(revoked.error());
    io.say(options.serial.empty() ? "Device    " + options.id + "  revoked in " + options.tenant
                                  : "Certificate  " + options.serial + "  revoked in " + options.tenant);
    return Exit::ok;
}

}  // namespace muster::cli
