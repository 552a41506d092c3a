// SPDX-License-Identifier: Apache-2.0
// A device that connects and then does nothing until its input ends: usage: idle_device URL [OUTBOX|-] [IDENTITY_DIR]
#include <muster/device.hpp>

#include <cstdlib>
#include <iostream>
#include <string>

namespace {

int fail(const muster::Error& error) {
    std::cerr << "idle_device: " << error.message() << '\n';
    return EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) return fail({muster::Code::invalid_argument, "usage: idle_device URL [OUTBOX|-] [IDENTITY_DIR]"});
    muster::DeviceConfig config;
    config.endpoints = {argv[1]};
    if (argc > 2 && std::string(argv[2]) != "-") config.outbox_path = argv[2];
    if (argc > 3) {
        config.identity_dir = argv[3];
    } else {
        config.client_id = "idle";
    }
    auto device = muster::Device::open(config);
    if (!device) return fail(device.error());
    const auto no_handler = [](const muster::Message&) {};
    if (auto done = (*device)->subscribe("command/#", muster::Qos::at_least_once, no_handler); !done) return fail(done.error());
    if (auto done = (*device)->start(); !done) return fail(done.error());
    if (auto done = (*device)->wait_subscribed(std::chrono::seconds(30)); !done) return fail(done.error());
    if (auto receipt = (*device)->publish("telemetry/load", "1"); !receipt) return fail(receipt.error());
    if (auto done = (*device)->wait_drained(std::chrono::seconds(30)); !done) return fail(done.error());
    std::cout << "connected" << std::endl;
    std::cin.get();
    (*device)->stop(std::chrono::seconds(1));
    return EXIT_SUCCESS;
}
