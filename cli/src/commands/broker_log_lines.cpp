// SPDX-License-Identifier: Apache-2.0
// What `muster broker run` logs.
#include "commands/broker_log_lines.hpp"

#include "output/time.hpp"

#include <nlohmann/json.hpp>

#include <chrono>

namespace muster::cli {
namespace {

const char* name_of(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return "debug";
        case LogLevel::info:
            return "info";
        case LogLevel::warning:
            return "warning";
        case LogLevel::error:
            break;
    }
    return "error";
}

}  // namespace

void BrokerLogLines::attach_to(testbroker::BrokerConfig& config) {
    config.log = [this](LogLevel level, std::string_view message) { print(level, message); };
    if (format_.empty()) return;
    config.on_event = [this](const testbroker::BrokerEvent& event) { print(format_ == "json" ? event.json : event.text); };
}

void BrokerLogLines::print(std::string_view line) {
    const std::lock_guard lock(mutex_);
    io_.err << line << std::endl;
}

void BrokerLogLines::print(LogLevel level, std::string_view message) {
    if (format_.empty()) {
        const std::lock_guard lock(mutex_);
        if (level >= LogLevel::warning) io_.warn(message);
        return;
    }
    const std::string time = rfc3339(std::chrono::system_clock::now());
    if (format_ == "text") return print(time + " " + name_of(level) + " " + std::string(message));
    const nlohmann::ordered_json line{{"time", time}, {"event", "log"}, {"level", name_of(level)}, {"message", message}};
    print(line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace muster::cli
