// SPDX-License-Identifier: Apache-2.0
// An accelerometer read a thousand times a second, sent in a compressed batch each second.
// Usage: vibration_sensor device.json [READINGS]
#include <muster/device.hpp>

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <thread>

namespace {

int fail(const muster::Error& error) {
    std::cerr << "vibration_sensor: " << error.message() << '\n';
    return EXIT_FAILURE;
}

// Counts of the converter, not what they mean in g: whole numbers take a byte or two each in a batch.
muster::Reading measure(std::uint64_t sequence) {
    const auto axis = [&](double frequency) { return std::round(1'000 * std::sin(static_cast<double>(sequence) * frequency / 159)); };
    return {std::chrono::system_clock::now(), sequence, {{"x", axis(50)}, {"y", axis(25)}, {"z", 16'384 + axis(100)}}};
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) return fail({muster::Code::invalid_argument, "usage: vibration_sensor device.json [READINGS]"});
    const std::uint64_t count = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : UINT64_MAX;
    auto config = muster::load_device_config(argv[1]);
    if (!config) return fail(config.error());
    // What the configuration says of these topics comes first.
    config->classes.push_back(muster::make_class(muster::ClassPreset::high_frequency, "vibration/#"));
    auto device = muster::Device::open(*config);
    if (!device) return fail(device.error());
    if (auto started = (*device)->start(); !started) return fail(started.error());
    auto next = std::chrono::steady_clock::now();
    for (std::uint64_t sequence = 1; sequence <= count; ++sequence) {
        if (auto receipt = (*device)->publish("vibration/spindle", measure(sequence)); !receipt) return fail(receipt.error());
        std::this_thread::sleep_until(next += std::chrono::milliseconds(1));
    }
    const auto status = (*device)->stop(std::chrono::seconds(10));
    std::cout << status.outbox.delivered << " readings delivered in " << status.batches.batches << " messages, "
              << status.batches.batch_bytes << " bytes instead of " << status.batches.reading_bytes << '\n';
    return EXIT_SUCCESS;
}
