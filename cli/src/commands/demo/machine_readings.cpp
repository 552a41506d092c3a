// SPDX-License-Identifier: Apache-2.0
// Readings of the machine from /proc and /sys.
#include "commands/demo/machine_readings.hpp"

#include <unistd.h>

#include <fstream>
#include <system_error>

namespace muster::cli::demo {
namespace {

std::optional<std::filesystem::path> find_temperature() {
    std::error_code error;
    for (const auto& zone : std::filesystem::directory_iterator("/sys/class/thermal", error)) {
        const auto file = zone.path() / "temp";
        if (double value = 0; std::ifstream(file) >> value) return file;
    }
    return std::nullopt;
}

void take_load(Reading& reading) {
    double one = 0;
    double five = 0;
    double fifteen = 0;
    std::ifstream("/proc/loadavg") >> one >> five >> fifteen;
    reading.values = {{"load1", one}, {"load5", five}, {"load15", fifteen}};
}

void take_memory(Reading& reading) {
    std::ifstream file("/proc/meminfo");
    std::string name;
    double kibibytes = 0;
    std::string unit;
    while (file >> name >> kibibytes && std::getline(file, unit)) {
        if (name == "MemTotal:") reading.values.emplace_back("total_kib", kibibytes);
        if (name == "MemAvailable:") reading.values.emplace_back("available_kib", kibibytes);
    }
}

void take_cpu(Reading& reading) {
    std::ifstream file("/proc/stat");
    std::string name;
    double user = 0;
    double nice = 0;
    double system = 0;
    double idle = 0;
    file >> name >> user >> nice >> system >> idle;
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    reading.values = {{"user_s", (user + nice) / ticks}, {"system_s", system / ticks}, {"idle_s", idle / ticks}};
}

void take_temperature(const std::filesystem::path& file, Reading& reading) {
    double thousandths = 0;
    std::ifstream(file) >> thousandths;
    reading.values = {{"celsius", thousandths / 1'000}};
}

}  // namespace

MachineReadings::MachineReadings() : temperature_(find_temperature()) {}

MachineReadings::Sample MachineReadings::take() {
    Sample sample;
    sample.reading.time = std::chrono::system_clock::now();
    switch (taken_ % (temperature_ ? 4 : 3)) {
        case 0:
            sample.topic = "telemetry/load";
            take_load(sample.reading);
            break;
        case 1:
            sample.topic = "telemetry/memory";
            take_memory(sample.reading);
            break;
        case 2:
            sample.topic = "telemetry/cpu";
            take_cpu(sample.reading);
            break;
        default:
            sample.topic = "telemetry/temperature";
            take_temperature(*temperature_, sample.reading);
            break;
    }
    sample.reading.sequence = ++taken_;
    return sample;
}

}  // namespace muster::cli::demo
