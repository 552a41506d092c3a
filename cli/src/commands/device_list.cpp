// SPDX-License-Identifier: Apache-2.0
// `muster device list`: a tenant's devices and whether they have enrolled.
#include "commands/commands.hpp"
#include "output/table.hpp"

#include <nlohmann/json.hpp>

namespace muster::cli {

namespace {

const char* status_of(const engines::Device& device) {
    if (device.revoked) return "revoked";
    return device.enrolled ? "enrolled" : "waiting";
}

}  // namespace

Exit run_device_list(const DeviceListOptions& options, OpenEngine open, Io& io) {
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    const auto devices = (*engine)->list_devices(options.tenant);
    if (!devices) return io.fail(devices.error());
    if (io.prints_json()) {
        auto list = nlohmann::json::array();
        for (const auto& device : *devices) {
            nlohmann::json entry{{"tenant", device.tenant},
                                 {"id", device.id},
                                 {"enrolled", device.enrolled},
                                 {"revoked", device.revoked},
                                 {"registered", device.registered}};
            entry["certificate_serial"] = device.certificate_serial.empty() ? nlohmann::json() : nlohmann::json(device.certificate_serial);
            entry["certificate_not_after"] =
                device.certificate_not_after ? nlohmann::json(*device.certificate_not_after) : nlohmann::json();
            list.push_back(std::move(entry));
        }
        io.out << list.dump(2) << std::endl;
        return Exit::ok;
    }
    Table table({"ID", "STATUS", "CERTIFICATE UNTIL", "REGISTERED"});
    for (const auto& device : *devices) {
        table.add({device.id, status_of(device), device.certificate_not_after.value_or("-"), device.registered});
    }
    table.print(io.out);
    return Exit::ok;
}

}  // namespace muster::cli
