// SPDX-License-Identifier: Apache-2.0
// A flag that takes a duration with its unit.
#include "tree/duration.hpp"

#include <initializer_list>
#include <string>
#include <utility>

namespace muster::cli {
namespace {

struct Unit {
    const char* name;
    double factor;
};

// The number times what its unit is; below 0 if the text is no number, or its unit none of these.
double parse_quantity(const std::string& text, std::initializer_list<Unit> units) {
    const auto [number, name] = split_unit(text);
    const auto value = parse_number(number);
    if (!value) return -1;
    for (const auto& unit : units) {
        if (name == unit.name) return *value * unit.factor;
    }
    return -1;
}

using Set = std::function<void(std::chrono::milliseconds)>;

void add_duration_from(double least, const char* least_text, Command& command, const char* flags, Set set, const char* what) {
    command
        .add_value(
            flags,
            [least, least_text, set = std::move(set)](const std::string& text) -> Result<void> {
                const double value = parse_quantity(text, {{"ms", 1}, {"s", 1'000}, {"", 1'000}, {"m", 60'000}, {"h", 3'600'000}});
                if (!(value >= least && value <= 86'400'000)) {
                    return Error{Code::invalid_argument,
                                 "'" + text + "' is not a duration from " + least_text + " to 24h, such as 500ms, 10s, 5m or 1h"};
                }
                set(std::chrono::milliseconds(static_cast<long long>(value)));
                return {};
            },
            what)
        .type_name("DURATION");
}

}  // namespace

void add_duration(Command& command, const char* flags, std::function<void(std::chrono::milliseconds)> set, const char* what) {
    add_duration_from(1, "1ms", command, flags, std::move(set), what);
}

void add_wait(Command& command, const char* flags, std::function<void(std::chrono::milliseconds)> set, const char* what) {
    add_duration_from(0, "0s", command, flags, std::move(set), what);
}

void add_lifetime(Command& command, const char* flags, std::function<void(std::chrono::seconds)> set, const char* what) {
    command
        .add_value(
            flags,
            [set = std::move(set)](const std::string& text) -> Result<void> {
                constexpr double century = 100.0 * 365 * 86'400;
                const double value = parse_quantity(text, {{"d", 86'400}, {"h", 3'600}, {"m", 60}});
                if (!(value >= 60 && value <= century))
                    return Error{Code::invalid_argument, "'" + text + "' is not a lifetime, such as 30d, 12h or 90m"};
                set(std::chrono::seconds(static_cast<long long>(value)));
                return {};
            },
            what)
        .type_name("LIFETIME");
}

void add_age(Command& command, const char* flags, std::function<void(std::chrono::milliseconds)> set, const char* what) {
    command
        .add_value(
            flags,
            [set = std::move(set)](const std::string& text) -> Result<void> {
                constexpr double century = 100.0 * 365 * 86'400'000;
                const double value = parse_quantity(text, {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}});
                if (!(value >= 1 && value <= century))
                    return Error{Code::invalid_argument, "'" + text + "' is not an age, such as 30s, 90m, 12h or 7d"};
                set(std::chrono::milliseconds(static_cast<long long>(value)));
                return {};
            },
            what)
        .type_name("AGE");
}

}  // namespace muster::cli
