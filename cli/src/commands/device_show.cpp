// SPDX-License-Identifier: Apache-2.0
// `muster device show`: everything that is known of one device.
#include "commands/devices.hpp"
#include "output/device.hpp"

namespace muster::cli {

Exit run_device_show(const DeviceShowOptions& options, OpenEngine open, Io& io) {
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    const auto device = (*engine)->find_device(options.tenant, options.id);
    if (!device) return io.fail(device.error());
    return print_record(io, to_json(*device), device_view());
}

}  // namespace muster::cli
