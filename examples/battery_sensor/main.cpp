// SPDX-License-Identifier: Apache-2.0
// A sensor on a battery: wakes, measures, and only now and then connects, sends everything and sleeps again.
// Usage: battery_sensor device.json [WAKES] [WAKES_PER_CONNECT]
#include <muster/device.hpp>

#include <cstdlib>
#include <iostream>

namespace {

int fail(const muster::Error& error) {
    std::cerr << "battery_sensor: " << error.message() << '\n';
    return EXIT_FAILURE;
}

// One wake. On a real device the process, or the processor, ends after it: what was measured waits on flash.
muster::Result<muster::Status> wake(const muster::DeviceConfig& config, std::uint64_t sequence, bool is_time_to_connect) {
    auto device = muster::Device::open(config);
    if (!device) return device.error();
    muster::PublishOptions options;
    options.durability = muster::Durability::disk;  // The battery may be empty before the next wake.
    const std::string reading = "{\"seq\":" + std::to_string(sequence) + ",\"celsius\":4.5}";
    if (auto receipt = (*device)->publish("telemetry/soil", reading, options); !receipt) return receipt.error();
    if (!is_time_to_connect) return (*device)->stop(std::chrono::milliseconds(0));
    if (auto started = (*device)->start(); !started) return started.error();
    // Radio time costs most: after 20 s what is left waits for the next time.
    return (*device)->stop(std::chrono::seconds(20));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) return fail({muster::Code::invalid_argument, "usage: battery_sensor device.json [WAKES] [WAKES_PER_CONNECT]"});
    const std::uint64_t wakes = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
    const std::uint64_t per_connect = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 4;
    auto config = muster::load_device_config(argv[1]);
    if (!config) return fail(config.error());
    for (std::uint64_t sequence = 1; sequence <= wakes; ++sequence) {
        const auto status = wake(*config, sequence, per_connect != 0 && sequence % per_connect == 0);
        if (!status) return fail(status.error());
        std::cout << "wake " << sequence << ": " << status->outbox.delivered << " delivered, " << status->outbox.waiting << " waiting\n";
    }
    return EXIT_SUCCESS;
}
