// SPDX-License-Identifier: Apache-2.0
// Times as text.
#include "admin/time_text.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace muster::testbroker::admin {

using std::chrono::system_clock;

namespace {

std::string format(system_clock::time_point time, const char* pattern) {
    const std::time_t seconds = system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(time));
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), pattern, &parts)};
}

}  // namespace

std::string rfc3339(system_clock::time_point time) {
    return format(time, "%Y-%m-%dT%H:%M:%SZ");
}

std::string rfc3339_ms(system_clock::time_point time) {
    const auto part = std::chrono::duration_cast<std::chrono::milliseconds>(time - std::chrono::floor<std::chrono::seconds>(time)).count();
    std::string digits = std::to_string(1'000 + part);
    digits.front() = '.';
    return format(time, "%Y-%m-%dT%H:%M:%S") + digits + "Z";
}

}  // namespace muster::testbroker::admin
