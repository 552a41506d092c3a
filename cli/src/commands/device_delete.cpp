// SPDX-License-Identifier: Apache-2.0
// `muster device delete`: devices that are not known any more.
#include "commands/device_choice.hpp"
#include "commands/look_up.hpp"

namespace muster::cli {

Exit run_device_delete(const DeviceDeleteOptions& options, OpenEngine open, Io& io) {
    const auto& devices = options.devices;
    if (const auto chosen = check_choice(devices, "device delete"); !chosen) return io.fail(chosen.error());
    if (devices.ids.empty()) {
        const auto make = [](bulk::DeviceOperationOptions run, bulk::Engines engines) {
            return std::unique_ptr<bulk::Operation>(new bulk::Deletion(std::move(run), std::move(engines)));
        };
        return lose_many(devices, "delete", options.admin, open, make, io);
    }
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    const auto ids = ids_of(devices, io.in);
    if (const auto end = stop_before_device_loss(io, **engine, devices.run.tenant, ids, "delete")) return *end;
    for (const auto& id : ids) {
        const auto deleted = (*engine)->delete_device(devices.run.tenant, id);
        if (!deleted) return io.fail(devices.ids.size() > 1 ? deleted.error().in(id) : deleted.error());
        io.say("Device    " + id + "  deleted from " + devices.run.tenant + "; its certificates stay revoked");
    }
    return Exit::ok;
}

}  // namespace muster::cli
