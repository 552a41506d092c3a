// SPDX-License-Identifier: Apache-2.0
// Points in time as RFC 3339 text, in UTC.
#include "output/time.hpp"

#include <array>
#include <ctime>

namespace muster::cli {

std::string rfc3339(std::chrono::system_clock::time_point time) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    const auto length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return {text.data(), length};
}

}  // namespace muster::cli
