// SPDX-License-Identifier: Apache-2.0
// A flag that takes a duration with its unit.
#include "tree/duration.hpp"

#include <exception>
#include <string>
#include <utility>

namespace muster::cli {

void add_duration(CLI::App& command, const char* flags, std::function<void(std::chrono::milliseconds)> set, const char* what) {
    command
        .add_option_function<std::string>(
            flags,
            [set = std::move(set)](const std::string& text) {
                std::size_t end = 0;
                double value = -1;
                try {
                    value = std::stod(text, &end);
                } catch (const std::exception&) {
                    end = 0;
                }
                const std::string unit = text.substr(end);
                const double factor = unit == "ms" ? 1 : unit == "s" || unit.empty() ? 1'000 : unit == "m" ? 60'000 : 0;
                if (end == 0 || factor == 0 || !(value * factor >= 1 && value * factor <= 86'400'000)) {
                    throw CLI::ValidationError("'" + text + "' is not a duration from 1ms to 24h, such as 500ms, 10s or 5m");
                }
                set(std::chrono::milliseconds(static_cast<long long>(value * factor)));
            },
            what)
        ->type_name("DURATION");
}

void add_lifetime(CLI::App& command, const char* flags, std::function<void(std::chrono::seconds)> set, const char* what) {
    command
        .add_option_function<std::string>(
            flags,
            [set = std::move(set)](const std::string& text) {
                constexpr double century = 100.0 * 365 * 86'400;
                std::size_t end = 0;
                double value = -1;
                try {
                    value = std::stod(text, &end);
                } catch (const std::exception&) {
                    end = 0;
                }
                const std::string unit = text.substr(end);
                const double factor = unit == "d" ? 86'400 : unit == "h" ? 3'600 : unit == "m" ? 60 : 0;
                if (end == 0 || factor == 0 || !(value * factor >= 60 && value * factor <= century))
                    throw CLI::ValidationError("'" + text + "' is not a lifetime, such as 30d, 12h or 90m");
                set(std::chrono::seconds(static_cast<long long>(value * factor)));
            },
            what)
        ->type_name("LIFETIME");
}

}  // namespace muster::cli
