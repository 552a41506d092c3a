// SPDX-License-Identifier: Apache-2.0
// A process to be killed: publishes numbers at QoS 1 and prints each once it is accepted; or, asked to drain, sends what an earlier one
// left.
#include <muster/device.hpp>

#include <cstdlib>
#include <iostream>
#include <string>

namespace {

int fail(const muster::Error& error) {
    std::cerr << error.message() << '\n';
    return EXIT_FAILURE;
}

int drain(muster::Device& device) {
    if (auto drained = device.wait_drained(std::chrono::seconds(30)); !drained) return fail(drained.error());
    const auto status = device.stop(std::chrono::seconds(5));
    std::cout << status.outbox.accepted << ' ' << status.outbox.delivered << ' ' << status.outbox.dropped() << ' ' << status.outbox.waiting
              << std::endl;
    return EXIT_SUCCESS;
}

}  // namespace

// usage: crash_publisher ENDPOINT IDENTITY OUTBOX drain | crash_publisher ENDPOINT IDENTITY OUTBOX process|memory FIRST
int main(int argc, char** argv) {
    if (argc < 5) return EXIT_FAILURE;
    muster::DeviceConfig config;
    config.endpoints = {argv[1]};
    config.identity_dir = argv[2];
    config.outbox_path = argv[3];
    config.backoff.base = std::chrono::milliseconds(50);
    config.backoff.cap = std::chrono::milliseconds(500);
    auto device = muster::Device::open(config);
    if (!device) return fail(device.error());
    if (auto started = (*device)->start(); !started) return fail(started.error());
    const std::string mode = argv[4];
    if (mode == "drain") return drain(**device);

    muster::PublishOptions options;
    options.durability = mode == "memory" ? muster::Durability::memory : muster::Durability::process;
    for (std::uint64_t number = std::strtoull(argv[5], nullptr, 10);; ++number) {
        const auto receipt = (*device)->publish("n", std::to_string(number), options);
        if (!receipt) return fail(receipt.error());
        std::cout << number << std::endl;
    }
}
