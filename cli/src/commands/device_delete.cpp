// SPDX-License-Identifier: Apache-2.0
// `muster device delete`: a device that is not known any more.
#include "commands/commands.hpp"

namespace muster::cli {

Exit run_device_delete(const DeviceDeleteOptions& options, OpenEngine open, Io& io) {
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    const auto deleted = (*engine)->delete_device(options.tenant, options.id);
    if (!deleted) return io.fail(deleted.error());
    io.say("Device    " + options.id + "  deleted from " + options.tenant + "; its certificates stay revoked");
    return Exit::ok;
}

}  // namespace muster::cli
