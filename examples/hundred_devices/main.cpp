// SPDX-License-Identifier: Apache-2.0
// A hundred devices in one process, to see a backend under a small fleet.
// Usage: hundred_devices mqtt://127.0.0.1:1883 DIRECTORY [DEVICES] [READINGS]; DIRECTORY holds their outboxes.
#include <muster/device.hpp>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

namespace {

int fail(const muster::Error& error) {
    std::cerr << "hundred_devices: " << error.message() << '\n';
    return EXIT_FAILURE;
}

muster::Result<std::unique_ptr<muster::Device>> start_device(const std::string& url, const std::filesystem::path& directory,
                                                             std::size_t number) {
    muster::DeviceConfig config;
    config.endpoints = {url};
    config.client_id = "pump-" + std::to_string(number);
    config.outbox_path = directory / (config.client_id + ".db");
    auto device = muster::Device::open(config);
    if (!device) return device;
    if (auto started = (*device)->start(); !started) return started.error();
    return device;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return fail({muster::Code::invalid_argument, "usage: hundred_devices URL DIRECTORY [DEVICES] [READINGS]"});
    const std::size_t count = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 100;
    const std::uint64_t readings = argc > 4 ? std::strtoull(argv[4], nullptr, 10) : 10;

    std::vector<std::unique_ptr<muster::Device>> fleet;
    for (std::size_t number = 0; number < count; ++number) {
        auto device = start_device(argv[1], argv[2], number);
        if (!device) return fail(device.error());
        fleet.push_back(std::move(*device));
    }
    for (std::uint64_t sequence = 1; sequence <= readings; ++sequence) {
        for (auto& device : fleet) {
            auto receipt = device->publish("telemetry/flow", {std::chrono::system_clock::now(), sequence, {{"litres", 0.5}}});
            if (!receipt) return fail(receipt.error());
        }
    }
    muster::OutboxCounts all;
    for (auto& device : fleet) {
        if (auto drained = device->wait_drained(std::chrono::seconds(30)); !drained) fail(drained.error());
        const auto status = device->stop(std::chrono::seconds(1));
        all.accepted += status.outbox.accepted;
        all.delivered += status.outbox.delivered;
        all.waiting += status.outbox.waiting;
    }
    std::cout << fleet.size() << " devices: " << all.accepted << " accepted, " << all.delivered << " delivered, " << all.waiting
              << " waiting\n";
    return all.waiting == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
