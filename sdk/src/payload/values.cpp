// SPDX-License-Identifier: Apache-2.0
// Which of a reading's values are encoded, and under which names.
#include "payload/values.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace muster::payload {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

}  // namespace

bool is_own_name(std::string_view name) {
    return name == "t" || name == "seq" || name == "partial" || name == message_id_name;
}

// Readings have few values, so looking is cheaper than an index.
bool is_encoded(const Reading& reading, std::size_t value) {
    const auto& name = reading.values[value].first;
    if (is_own_name(name)) return false;
    return std::none_of(reading.values.begin() + static_cast<std::ptrdiff_t>(value) + 1, reading.values.end(),
                        [&](const auto& later) { return later.first == name; });
}

std::string utf8_name(std::string_view name) {
    std::string out;
    while (!name.empty()) {
        const std::size_t size = base::utf8_sequence_length(name);
        if (size == 0) {
            out += "\xEF\xBF\xBD";
        } else {
            out += name.substr(0, size);
        }
        name.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return out;
}

std::int64_t milliseconds_of(const Reading& reading) {
    return std::chrono::duration_cast<milliseconds>(reading.time.time_since_epoch()).count();
}

system_clock::time_point time_of(std::int64_t value) {
    return system_clock::time_point(std::chrono::duration_cast<system_clock::duration>(milliseconds(value)));
}

bool is_time(std::int64_t value) {
    constexpr auto last = std::chrono::duration_cast<milliseconds>(system_clock::duration::max()).count();
    return value >= -last && value <= last;
}

}  // namespace muster::payload
