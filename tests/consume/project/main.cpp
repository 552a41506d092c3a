// SPDX-License-Identifier: Apache-2.0
// Links every facade of the installed SDK; fails if the library is not the one it was built with.
#include <muster/device.hpp>
#include <muster/enroll.hpp>
#include <muster/fleet_provisioning.hpp>
#include <muster/pki.hpp>
#include <muster/renew.hpp>
#include <muster/version.hpp>

#include <iostream>

int main() {
    muster::DeviceConfig config;
    config.endpoints = {"mqtt://127.0.0.1:1"};
    auto device = muster::Device::open(config);
    if (!device) {
        std::cerr << device.error().message() << '\n';
        return 1;
    }
    const auto receipt = (*device)->publish("telemetry/x", "1", {muster::Qos::at_least_once, muster::Durability::memory});
    if (!receipt) {
        std::cerr << receipt.error().message() << '\n';
        return 1;
    }
    std::cout << "muster " << muster::version() << ": accepted " << (*device)->status().outbox.accepted << '\n';
    const bool counted = (*device)->status().outbox.accepted == 1;
    const bool no_key = !muster::pki::create_csr("/nonexistent/device.key", "press-01").ok();
    const bool no_claim = !muster::provision_by_claim({}).ok();
    const bool no_server = !muster::renew({}).ok();
    return counted && no_key && no_claim && no_server ? 0 : 1;
}
