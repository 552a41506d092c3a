// SPDX-License-Identifier: Apache-2.0
// `muster device list`: a tenant's devices and whether they have enrolled.
#include "commands/commands.hpp"
#include "output/records.hpp"

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
    auto list = nlohmann::json::array();
    for (const auto& device : *devices) {
        nlohmann::json entry{{"tenant", device.tenant},         {"id", device.id},
                             {"enrolled", device.enrolled},     {"revoked", device.revoked},
                             {"registered", device.registered}, {"status", status_of(device)}};
        entry["certificate_serial"] = device.certificate_serial.empty() ? nlohmann::json() : nlohmann::json(device.certificate_serial);
        entry["certificate_not_after"] = device.certificate_not_after ? nlohmann::json(*device.certificate_not_after) : nlohmann::json();
        list.push_back(std::move(entry));
    }
    return print_list(io, list,
                      {"id",
                       {{"ID", "id"},
                        {"STATUS", "status"},
                        {"CERTIFICATE UNTIL", "certificate_not_after"},
                        {"REGISTERED", "registered"},
                        {"SERIAL", "certificate_serial", true},
                        {"TENANT", "tenant", true}}});
}

}  // namespace muster::cli
