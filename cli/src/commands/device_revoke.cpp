// SPDX-License-Identifier: Apache-2.0
// `muster device revoke`: devices, or one certificate, that are not let in any more.
#include "commands/device_choice.hpp"
#include "commands/look_up.hpp"
#include "consent.hpp"

namespace muster::cli {
namespace {

Exit revoke_certificate(const DeviceRevokeOptions& options, engines::Engine& engine, const Io& io) {
    const std::string& tenant = options.devices.run.tenant;
    if (const auto end = stop_before_loss(io, "revoke certificate " + options.serial + " of tenant " + tenant)) return *end;
    const auto revoked = engine.revoke_certificate(tenant, options.serial, options.reason);
    if (!revoked) return io.fail(revoked.error());
    io.say("Certificate  " + options.serial + "  revoked in " + tenant);
    return Exit::ok;
}

}  // namespace

Exit run_device_revoke(const DeviceRevokeOptions& options, OpenEngine open, Io& io) {
    const auto& devices = options.devices;
    const bool names_device = !devices.ids.empty() || !devices.run.list.empty() || !devices.selector.empty();
    if (names_device != options.serial.empty())
        return io.fail(Error{Code::invalid_argument, "give device ids, a list, or --serial of one certificate",
                             "muster device revoke press-01 --tenant acme"});
    if (names_device) {
        if (const auto chosen = check_choice(devices, "device revoke"); !chosen) return io.fail(chosen.error());
    }
    if (names_device && devices.ids.empty()) {
        const auto make = [&](bulk::DeviceOperationOptions run, bulk::Engines engines) {
            return std::unique_ptr<bulk::Operation>(new bulk::Revocation(std::move(run), std::move(engines), options.reason));
        };
        return lose_many(devices, "revoke", options.admin, open, make, io);
    }
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    if (!names_device) return revoke_certificate(options, **engine, io);
    const auto ids = ids_of(devices, io.in);
    if (const auto end = stop_before_device_loss(io, **engine, devices.run.tenant, ids, "revoke")) return *end;
    for (const auto& id : ids) {
        const auto revoked = (*engine)->revoke_device(devices.run.tenant, id, options.reason);
        if (!revoked) return io.fail(devices.ids.size() > 1 ? revoked.error().in(id) : revoked.error());
        io.say("Device    " + id + "  revoked in " + devices.run.tenant);
    }
    return Exit::ok;
}

}  // namespace muster::cli
