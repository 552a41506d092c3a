// SPDX-License-Identifier: Apache-2.0
// A device that publishes its machine's load once a second and never loses a reading: usage: host_telemetry device.json [COUNT]
#include <muster/device.hpp>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <thread>

namespace {

double load_average() {
    double load = 0;
    std::ifstream("/proc/loadavg") >> load;
    return load;
}

int fail(const muster::Error& error) {
    std::cerr << "host_telemetry: " << error.message() << '\n';
    return EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) return fail({muster::Code::invalid_argument, "usage: host_telemetry device.json [COUNT]"});
    const std::uint64_t count = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : UINT64_MAX;

    // [ten-lines]
    auto config = muster::load_device_config(argv[1]);
    if (!config) return fail(config.error());
    auto device = muster::Device::open(*config);
    if (!device) return fail(device.error());
    if (auto started = (*device)->start(); !started) return fail(started.error());
    for (std::uint64_t sequence = 1; sequence <= count; ++sequence) {
        auto receipt = (*device)->publish("telemetry/load", {std::chrono::system_clock::now(), sequence, {{"load1", load_average()}}});
        if (!receipt) return fail(receipt.error());
        if (sequence < count) std::this_thread::sleep_for(std::chrono::seconds(1));
    }
    const auto status = (*device)->stop(std::chrono::seconds(10));
    // [/ten-lines]
    std::cout << status.outbox.delivered << " delivered, " << status.outbox.waiting << " waiting\n";
    return EXIT_SUCCESS;
}
