// SPDX-License-Identifier: Apache-2.0
// Expanding patterns.
#include "bench/names.hpp"

#include <muster/fleet/bench.hpp>

namespace muster::fleet {

std::string expand_name(std::string_view pattern, std::uint32_t number, std::string_view run_id) {
    std::string out;
    for (std::size_t at = 0; at < pattern.size(); ++at) {
        const char next = pattern[at] == '%' && at + 1 < pattern.size() ? pattern[at + 1] : '\0';
        if (next == 'i') {
            out += std::to_string(number);
        } else if (next == 'r') {
            out += run_id;
        } else if (next == '%') {
            out += '%';
        } else {
            out += pattern[at];
            continue;
        }
        ++at;
    }
    return out;
}

std::string bench_name(std::string_view pattern, std::uint32_t number, std::string_view run_id) {
    return expand_name(pattern, number, run_id);
}

std::string bench_filter(std::string_view pattern, std::string_view run_id) {
    std::string out;
    while (true) {
        const auto end = pattern.find('/');
        const auto level = pattern.substr(0, end);
        const bool varies = expand_name(level, 0, run_id) != expand_name(level, 1, run_id);
        out += varies ? "+" : expand_name(level, 0, run_id);
        if (end == std::string_view::npos) return out;
        out += '/';
        pattern.remove_prefix(end + 1);
    }
}

}  // namespace muster::fleet
